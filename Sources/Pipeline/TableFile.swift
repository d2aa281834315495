import Datasets
import Parquet

/// A table's rows as a Parquet file.
enum TableFile {
    static func encode(_ batch: ColumnBatch, as table: Table) throws -> [UInt8] {
        var options = WriterOptions()
        // On visitors level 1 takes half the time of level 3, which makes the file no smaller: most bytes are random keys.
        options.compression = .zstd(level: 1)
        options.sortingColumns = table.key
        options.keyValueMetadata = [("medallion.table", table.name)]
        return try ParquetFile.encode(schema: table.schema, batch: batch, options: options)
    }

    /// Reads a file that ``encode(_:as:)`` wrote.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - table: What it should hold.
    ///   - resource: Where it lies, for errors.
    /// - Returns: The rows, with the table's columns in order.
    /// - Throws: ``PipelineError`` when it is not a file of this table.
    static func decode(_ bytes: [UInt8], as table: Table, resource: String) throws -> ColumnBatch {
        do {
            let reader = try ParquetReader(bytes)
            guard reader.schema == table.schema else {
                let found = reader.schema.fields.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
                throw PipelineError.unreadableObject(
                    resource: resource, expected: "file of \(table.name)", cause: "its columns are \(found)")
            }
            return try reader.read()
        } catch let error as ParquetError {
            throw PipelineError.unreadableObject(
                resource: resource, expected: "file of \(table.name)", cause: "\(error)")
        }
    }
}
