import Parquet
import Tables

/// What a partition's file says of itself, besides rows.
struct TableMetadata: Equatable {
    /// How personal fields were made; nil in tables without any.
    var personalDataMark: String?
    /// The complete readings that tell what was deleted; nil in tables that rows never leave.
    var readings: CompleteReadings?
    /// Rows that were shown since and could not be typed.
    var sightings = Sightings()
    /// The keys of commits whose rows belong in the table and are not there.
    var lackingCommits: [String] = []
    /// The runs whose rows the partition holds; nil where that would grow for ever.
    var runs: [String]?
    /// By which declaration and policy the rows were typed; nil where ``runs`` is.
    var digest: String?
}

/// A table's rows as a Parquet file.
struct TableFile {
    private static let tableName = "medallion.table"
    private static let personalDataName = "medallion.personal_data"
    private static let readingsName = "medallion.complete_readings"
    /// What the first release called ``readingsName``.
    private static let fullCrawlsName = "medallion.full_crawls"
    private static let sightingsName = "medallion.sightings"
    private static let lackingCommitsName = "medallion.lacking_commits"
    private static let runsName = "medallion.runs"
    private static let digestName = "medallion.digest"

    private let reader: ParquetReader
    private let table: Table
    private let resource: String

    // MARK: Writing

    /// Encodes rows; equal rows and metadata give equal bytes.
    ///
    /// - Throws: ``ParquetError``.
    static func encode(_ batch: ColumnBatch, as table: Table, metadata: TableMetadata = TableMetadata())
        throws
        -> [UInt8]
    {
        var options = WriterOptions()
        // On visitors level 1 takes half the time of level 3, which makes the file no smaller: most bytes are random keys.
        options.compression = .zstd(level: 1)
        // Rows are sorted with null before every value; without nulls both orders are true, and the bytes stay as they were.
        options.sortingColumns = table.key.map {
            SortingOption($0, areNullsFirst: table.columns[table.index(of: $0)].isNullable)
        }
        // Sorted keys share their beginnings and times are near each other: 5 % smaller files in less time on visitors.
        for column in table.columns {
            if column.type == .timestampMicroseconds {
                options.columns[column.name] = ColumnOptions(encoding: .deltaBinaryPacked)
            } else if column.name == table.key.first, column.type == .string {
                options.columns[column.name] = ColumnOptions(encoding: .deltaByteArray)
            }
        }
        options.keyValueMetadata = [(tableName, table.name)]
        func add(_ name: String, _ value: String?) {
            if let value { options.keyValueMetadata.append((name, value)) }
        }
        add(personalDataName, metadata.personalDataMark)
        add(readingsName, metadata.readings?.text)
        add(sightingsName, metadata.sightings.seenAt.isEmpty ? nil : metadata.sightings.text)
        add(
            lackingCommitsName,
            metadata.lackingCommits.isEmpty ? nil : metadata.lackingCommits.joined(separator: " "))
        add(runsName, metadata.runs?.joined(separator: " "))
        add(digestName, metadata.digest)
        return try ParquetFile.encode(schema: table.schema, batch: batch, options: options)
    }

    // MARK: Reading

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - table: What it should hold; with some of its columns, only these are read.
    ///   - resource: Where it lies, for errors.
    /// - Throws: ``LakeError`` of kind `UnreadableTable` when it is no Parquet file.
    init(_ bytes: [UInt8], of table: Table, resource: String) throws {
        self.table = table
        self.resource = resource
        do {
            reader = try ParquetReader(bytes)
        } catch {
            throw LakeError.unreadableTable(resource: resource, table: table.name, cause: "\(error)")
        }
    }

    /// How many rows it has.
    var rowCount: Int { reader.rowCount }

    /// What the file says of itself.
    var metadata: TableMetadata {
        func value(_ name: String) -> String? { reader.keyValueMetadata.first { $0.key == name }?.value }
        func words(_ name: String) -> [String]? { value(name)?.split(separator: " ").map(String.init) }
        return TableMetadata(
            personalDataMark: value(TableFile.personalDataName),
            readings: (value(TableFile.readingsName) ?? value(TableFile.fullCrawlsName)).flatMap {
                CompleteReadings(text: $0)
            },
            sightings: value(TableFile.sightingsName).flatMap { Sightings(text: $0) } ?? Sightings(),
            lackingCommits: words(TableFile.lackingCommitsName) ?? [], runs: words(TableFile.runsName),
            digest: value(TableFile.digestName))
    }

    /// Whether the file names complete readings, in this release's form or another.
    var namesReadings: Bool {
        reader.keyValueMetadata.contains {
            $0.key == TableFile.readingsName || $0.key == TableFile.fullCrawlsName
        }
    }

    /// Why the file's rows cannot go on as rows of the table as it is declared now; nil when they can.
    ///
    /// Columns that have come since and may be null are no reason; columns of another release are: they would be lost.
    var difference: String? {
        let declared = table.schema.fields
        for field in declared {
            guard let found = reader.schema.fields.first(where: { $0.name == field.name }) else {
                if field.isNullable { continue }
                return "it has no \(field.name)"
            }
            if found.type != field.type { return "\(field.name) is \(found.type)" }
        }
        // A row without the value would lose to every other one.
        for column in table.upsert?.columns ?? []
        where !reader.schema.fields.contains(where: { $0.name == column }) {
            return "it has no \(column)"
        }
        let unknown = reader.schema.fields.filter { field in !declared.contains { $0.name == field.name } }
        return unknown.isEmpty ? nil : "it has \(unknown.map(\.name).joined(separator: ", ")) too"
    }

    /// Reads the table's columns by name; a column that the file lacks and that may be null is null in every row.
    ///
    /// - Throws: ``LakeError`` of kind `UnreadableTable` when the file is damaged, or a column is lacking or of another type.
    func rows() throws -> ColumnBatch {
        let present = Set(reader.schema.fields.map(\.name))
        let names = table.columns.map(\.name).filter(present.contains)
        let isReadable = table.columns.allSatisfy { column in
            let found = reader.schema.fields.first { $0.name == column.name }
            return found.map { $0.type == column.type } ?? column.isNullable
        }
        guard isReadable, !names.isEmpty else {
            let found = reader.schema.fields.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
            throw unreadable("its columns are \(found)")
        }
        do {
            var batch = try reader.read(columns: names)
            guard names.count < table.columns.count else { return batch }
            var read = batch.columns.makeIterator()
            batch.columns = table.columns.map { column in
                present.contains(column.name)
                    ? read.next() ?? .nulls(of: column.type, count: batch.rowCount)
                    : .nulls(of: column.type, count: batch.rowCount)
            }
            return batch
        } catch {
            throw unreadable("\(error)")
        }
    }

    private func unreadable(_ cause: String) -> LakeError {
        .unreadableTable(resource: resource, table: table.name, cause: cause)
    }
}
