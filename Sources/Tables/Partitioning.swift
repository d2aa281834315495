public import HTTP
public import Parquet

/// Which object of a table a row lies in: a function of the table's key alone, so that a row never moves.
public enum Partitioning: Sendable, Equatable {
    /// One object for each UTC date of the runs' events, which every row has in the column `extraction_date`.
    case extractionDate
    /// One object for each slot of event time, of so many whole minutes that an hour has a whole number of them, or of an hour
    /// (60) or a day (1,440).
    ///
    /// The column holds microseconds since the epoch, UTC, and belongs to the key.
    case eventTime(column: String, minutes: Int)
    /// One object.
    case whole
}

extension Partitioning {
    /// The path of a partition, with the values put in that its columns are to have.
    ///
    /// - Parameter value: Gives the value of a column, by its name.
    /// - Returns: The path; of a table that is one object, the empty one.
    package func path(_ value: (_ column: String) -> String) -> PartitionKey {
        func folder(_ name: String) -> String { "\(name)=\(value(name))" }
        return switch self {
        case .extractionDate: PartitionKey(path: folder("extraction_date"))
        case .eventTime(_, minutes: 1_440): PartitionKey(path: folder("event_date"))
        case .eventTime(_, minutes: 60): PartitionKey(path: "\(folder("event_date"))/\(folder("event_hour"))")
        case .eventTime: PartitionKey(path: "\(folder("event_date"))/\(folder("event_slot"))")
        case .whole: .whole
        }
    }
}

/// A partition of a table: the folders between the table's and the object.
public struct PartitionKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Such as `extraction_date=2026-01-08`; empty where the table is one object.
    public var path: String

    package init(path: String) { self.path = path }

    /// The one partition of a table that is one object.
    public static let whole = PartitionKey(path: "")

    package static func extractionDate(_ date: UTCDate) -> PartitionKey {
        Partitioning.extractionDate.path { _ in "\(date)" }
    }

    /// The slot of event time that a moment lies in.
    ///
    /// - Parameters:
    ///   - moment: Microseconds since the epoch, UTC.
    ///   - minutes: How long a slot is: a divisor of 60, or a day's 1,440.
    /// - Returns: Such as `event_date=2026-01-08/event_slot=0415`, of an hour `event_date=2026-01-08/event_hour=04`, of a day
    ///   `event_date=2026-01-08`.
    public static func eventTime(_ moment: Int64, minutes: Int) -> PartitionKey {
        let day = UTCDay.number(ofMicroseconds: moment)
        let minute = Int((moment - day * UTCDay.microseconds) / 60_000_000) / minutes * minutes
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return Partitioning.eventTime(column: "", minutes: minutes).path {
            switch $0 {
            case "event_date": "\(UTCDate(daysSinceEpoch: Int32(clamping: day)))"
            case "event_hour": twoDigits(minute / 60)
            default: twoDigits(minute / 60) + twoDigits(minute % 60)
            }
        }
    }

    /// When the slot of event time begins that the path names, microseconds since the epoch, UTC; nil for other partitions.
    public var eventTime: Int64? {
        let folders = path.split(separator: "/").map { $0.split(separator: "=").map(String.init) }
        guard let first = folders.first, first.count == 2, first[0] == "event_date",
            let date = UTCDate(first[1])
        else { return nil }
        var minute = 0
        if folders.count == 2, folders[1].count == 2, let number = Int(folders[1][1]) {
            minute = folders[1][0] == "event_hour" ? number * 60 : number / 100 * 60 + number % 100
        }
        return date.start.microsecondsSinceEpoch + Int64(minute) * 60_000_000
    }

    /// The extraction date that the path names; nil for other partitions.
    public var extractionDate: UTCDate? {
        let name = "extraction_date="
        guard path.hasPrefix(name) else { return nil }
        return UTCDate(String(path.dropFirst(name.count)))
    }

    /// The path.
    public var description: String { path.isEmpty ? "the whole table" : path }

    /// In order of the paths.
    public static func < (left: PartitionKey, right: PartitionKey) -> Bool { left.path < right.path }
}

extension Table {
    /// The rows by partition, each in the order in which they came.
    ///
    /// - Parameters:
    ///   - rows: Rows of the table.
    ///   - date: The extraction date of the run that they came with.
    /// - Returns: A run's own day and the whole table are there also without rows: they say that there were none.
    public func partitions(of rows: ColumnBatch, extractionDate date: UTCDate) -> [PartitionKey: ColumnBatch]
    {
        switch partitioning {
        case .whole: return [.whole: rows]
        case .extractionDate: return [.extractionDate(date): rows]
        case .eventTime(let column, let minutes):
            guard case .int64(let moments) = rows.columns[index(of: column)].values else {
                preconditionFailure("\(name).\(column) is a timestamp")
            }
            let length = Int64(minutes) * 60_000_000
            func slot(_ moment: Int64) -> Int64 { moment.dividedRoundingDown(by: length) }
            var partitions: [PartitionKey: ColumnBatch] = [:]
            if key.first == column, (1..<max(1, moments.count)).allSatisfy({ moments[$0 - 1] <= moments[$0] })
            {
                // A slot's rows stand together.
                var start = 0
                while start < moments.count {
                    let slot = slot(moments[start])
                    let end = moments[start...].firstIndex { $0 >= (slot + 1) * length } ?? moments.count
                    partitions[.eventTime(slot * length, minutes: minutes)] =
                        end - start == rows.rowCount ? rows : rows.slice(start..<end)
                    start = end
                }
                return partitions
            }
            var rowsOfSlot: [Int64: [Int32]] = [:]
            for (row, moment) in moments.enumerated() {
                rowsOfSlot[slot(moment), default: []].append(Int32(row))
            }
            for (slot, numbers) in rowsOfSlot {
                partitions[.eventTime(slot * length, minutes: minutes)] =
                    numbers.count == rows.rowCount ? rows : rows.gathered(at: numbers)
            }
            return partitions
        }
    }
}
