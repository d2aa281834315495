import Datasets
import Parquet

/// A table's rows as a Parquet file.
enum TableFile {
    /// Under which name a file says how its personal fields were made.
    private static let personalDataName = "medallion.personal_data"
    /// Under which name a file names the commits whose rows it lacks.
    private static let lackingCommitsName = "medallion.lacking_commits"
    /// Under which name a file of visitors names the full crawls that tell who was deleted.
    private static let fullCrawlsName = "medallion.full_crawls"

    /// A file of visitors.
    struct Visitors {
        var rows: ColumnBatch
        /// The newest full crawls that went into it.
        var fullCrawls: NewestFullCrawls
        /// The keys of commits whose rows belong in the table and are not there.
        var lackingCommits: [String]
    }

    /// Encodes rows; equal rows and marks give equal bytes.
    ///
    /// - Parameters:
    ///   - batch: The rows.
    ///   - table: What they are rows of.
    ///   - personalDataMark: How personal fields were made; nil in tables that are never merged.
    ///   - fullCrawls: What tells who was deleted; nil in tables from which nobody is.
    ///   - lackingCommits: The keys of commits whose rows belong in the table and are not there.
    /// - Returns: The file.
    /// - Throws: ``ParquetError``.
    static func encode(
        _ batch: ColumnBatch, as table: Table, personalDataMark: String? = nil,
        fullCrawls: NewestFullCrawls? = nil, lackingCommits: [String] = []
    ) throws -> [UInt8] {
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
        options.keyValueMetadata = [("medallion.table", table.name)]
        if let personalDataMark { options.keyValueMetadata.append((personalDataName, personalDataMark)) }
        if let fullCrawls { options.keyValueMetadata.append((fullCrawlsName, fullCrawls.text)) }
        if !lackingCommits.isEmpty {
            options.keyValueMetadata.append((lackingCommitsName, lackingCommits.joined(separator: " ")))
        }
        return try ParquetFile.encode(schema: table.schema, batch: batch, options: options)
    }

    /// Reads a file of a table.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - table: What it should hold.
    ///   - resource: Where it lies, for errors.
    /// - Returns: The rows, with the table's columns in order.
    /// - Throws: ``PipelineError`` when it is not a file of this table as it is declared now.
    static func decode(_ bytes: [UInt8], as table: Table, resource: String) throws -> ColumnBatch {
        try decode(try reader(bytes, of: table, resource: resource), as: table, resource: resource)
    }

    /// Reads a file of fact_visitors unless it was made by other rules than today's.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - personalDataMark: How its personal fields should have been made; nil when that does not matter.
    ///   - resource: Where it lies, for errors.
    /// - Returns: The file; nil when it has other columns, another mark or, being an older release's, no full crawls in
    ///   this one's form.
    /// - Throws: ``PipelineError`` when it is no readable file.
    static func decodeVisitors(_ bytes: [UInt8], ifMarked personalDataMark: String?, resource: String) throws
        -> Visitors?
    {
        let table = FactVisitors.table
        let reader = try reader(bytes, of: table, resource: resource)
        func value(_ name: String) -> String? { reader.keyValueMetadata.first { $0.key == name }?.value }
        guard reader.schema == table.schema,
            personalDataMark == nil || value(personalDataName) == personalDataMark,
            let fullCrawls = value(fullCrawlsName).flatMap({ NewestFullCrawls(text: $0) })
        else { return nil }
        return Visitors(
            rows: try decode(reader, as: table, resource: resource), fullCrawls: fullCrawls,
            lackingCommits: value(lackingCommitsName)?.split(separator: " ").map(String.init) ?? [])
    }

    /// Whether a file of visitors may lack some who were deleted: it names full crawls, in this release's form or another.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - resource: Where it lies, for errors.
    /// - Returns: Whether it does.
    /// - Throws: ``PipelineError`` when it is no readable file.
    static func namesFullCrawls(_ bytes: [UInt8], resource: String) throws -> Bool {
        try reader(bytes, of: FactVisitors.table, resource: resource).keyValueMetadata.contains {
            $0.key == fullCrawlsName
        }
    }

    private static func reader(_ bytes: [UInt8], of table: Table, resource: String) throws -> ParquetReader {
        do {
            return try ParquetReader(bytes)
        } catch {
            throw PipelineError.unreadableTable(
                resource: resource, table: table.name, cause: "\(error)")
        }
    }

    private static func decode(_ reader: ParquetReader, as table: Table, resource: String) throws
        -> ColumnBatch
    {
        guard reader.schema == table.schema else {
            let found = reader.schema.fields.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
            throw PipelineError.unreadableTable(
                resource: resource, table: table.name, cause: "its columns are \(found)")
        }
        do {
            return try reader.read()
        } catch {
            throw PipelineError.unreadableTable(
                resource: resource, table: table.name, cause: "\(error)")
        }
    }
}
