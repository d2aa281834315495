import HTTP
import JSON
import Lake
import Parquet
import SourceBattery
import Tables

extension Twin {
    static let ofSilver = [
        Twin("a builder that drops a row", .ledger, "rows of") {
            $0.makeReadings { line, records in line.isMultiple(of: 7) ? nil : records }
        },
        Twin("a builder that drops a row and calls it a duplicate", .ledger, "the source has") {
            $0.finishReadings { rows, _ in
                rows.batch = rows.batch.slice(0..<max(0, rows.batch.rowCount - 1))
                rows.ledger.duplicate += rows.ledger.accepted - rows.batch.rowCount
                rows.ledger.accepted = rows.batch.rowCount
            }
        },
        Twin("a quarantine that quotes a value", .quarantine, "repeats 4321.") {
            $0.finishReadings(Twin.quote)
        },
        Twin("a quarantine that quotes a person", .privacy, "holds reader") { $0.finishReadings(Twin.quote) },
        Twin("a quarantine that names another type", .quarantine, "says celsius is array") {
            $0.finishReadings { rows, _ in
                for index in rows.rejected.indices { rows.rejected[index].jsonType = "array" }
            }
        },
        Twin("a quarantine that names another record", .quarantine, "in the part it is") {
            $0.finishReadings { rows, _ in
                for index in rows.rejected.indices { rows.rejected[index].line += 1 }
            }
        },
        Twin("a builder that hides bad records", .quarantine, "counts 0 of 3 bad records") {
            $0.finishReadings(Twin.hide)
        },
        Twin(
            "a builder that never lets a commit be refused", .quarantine,
            "too many bad records is not refused"
        ) {
            $0.finishReadings(Twin.hide)
        },
        Twin("a personal column that is not declared so", .privacy, "hash: silver's toy/readings") {
            $0.declareReadings { $0.columns[$0.index(of: "reporter_email")].personal = nil }
        },
        Twin("a personal column that is not declared so, dropped", .privacy, "drop: silver's toy/readings") {
            $0.declareReadings { $0.columns[$0.index(of: "reporter_email")].personal = nil }
        },
        Twin("a silver that uses the clock", .olderFiles, "has other bytes") {
            $0.finishReadings(Twin.stamp)
        },
        Twin("a silver that uses the clock, delivered twice", .redelivery, "has other bytes") {
            $0.finishReadings(Twin.stamp)
        },
    ]

    private static let quote: ClosureBuilder.Finish = { rows, values in
        for index in rows.rejected.indices {
            rows.rejected[index].reason += ", not \(values[rows.rejected[index].line] ?? "")"
        }
    }

    private static let hide: ClosureBuilder.Finish = { rows, _ in
        rows.rejected = []
        rows.ledger.duplicate += rows.ledger.quarantined
        rows.ledger.quarantined = 0
    }

    /// The clock's microseconds as a temperature.
    private static let stamp: ClosureBuilder.Finish = { rows, _ in
        let column = Readings.table.index(of: "celsius")
        let now = Double(SystemTimeSource().now().microsecondsSinceEpoch % 1_000_000_000)
        rows.batch.columns[column] = ColumnVector(
            .double([Double](repeating: now, count: rows.batch.rowCount)))
    }
}

/// Types by declaration, but for what is done to records before and to rows after.
struct ClosureBuilder: RowBuilder {
    /// What of a line is typed; nil where nothing is.
    typealias Choose = @Sendable (_ line: Int, _ records: JSONValue) -> JSONValue?
    /// Changes the rows; it gets the temperature of each line as text too.
    typealias Finish = @Sendable (_ rows: inout TypedRows, _ values: [Int: String]) -> Void

    private var reader: RowReader
    private var values: [Int: String] = [:]
    private let choose: Choose
    private let change: Finish

    init(_ table: Table, _ context: TypingContext, choose: @escaping Choose, finish: @escaping Finish) {
        reader = RowReader(table, ignoring: ["seq"], context)
        self.choose = choose
        change = finish
    }

    mutating func append(_ records: JSONValue, from origin: Origin) {
        let celsius = records.member("celsius")
        values[origin.line] = celsius?.string ?? celsius?.double.map { "\($0)" }
        if let chosen = choose(origin.line, records) { reader.append(chosen, from: origin) }
    }

    mutating func reject(_ error: FieldError, from origin: Origin) { reader.reject(error, from: origin) }

    consuming func finish() -> TypedRows {
        let (change, values) = (change, values)
        var rows = reader.finish()
        change(&rows, values)
        return rows
    }
}

extension SourceUnderTest {
    mutating func makeReadings(_ choose: @escaping ClosureBuilder.Choose) {
        setReadings(choose) { _, _ in }
    }

    mutating func finishReadings(_ finish: @escaping ClosureBuilder.Finish) {
        setReadings({ $1 }, finish)
    }

    private mutating func setReadings(
        _ choose: @escaping ClosureBuilder.Choose, _ finish: @escaping ClosureBuilder.Finish
    ) {
        silver.tables[0] = SilverTable(Readings.table, of: .readings, format: .records) {
            ClosureBuilder(Readings.table, $0, choose: choose, finish: finish)
        }
    }

    mutating func declareReadings(_ change: (inout Table) -> Void) {
        var table = Readings.table
        change(&table)
        silver.tables[0] = SilverTable(table, of: .readings, format: .records, ignoring: ["seq"])
    }
}
