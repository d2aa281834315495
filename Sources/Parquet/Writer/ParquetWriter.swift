/// Writes rows as a Parquet file to a sink, holding at most one row group in memory.
///
/// The file is complete only after ``finish()``. The same rows and options give the same bytes, however the rows are cut into
/// batches. Not for use by two tasks at once. https://github.com/apache/parquet-format
public struct ParquetWriter<Sink: ByteSink> {
    private var encoder: FileEncoder
    private var sink: Sink

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - schema: The columns of every batch.
    ///   - options: How to write.
    ///   - sink: Takes the bytes, a row group at a time.
    /// - Throws: ``ParquetError`` of kind `invalidInput` when schema or options cannot be.
    public init(
        schema: Schema, options: WriterOptions = WriterOptions(), sink: Sink
    ) throws(ParquetError) {
        encoder = try FileEncoder(schema: schema, options: options)
        self.sink = sink
    }

    /// Appends rows.
    ///
    /// - Parameter batch: One column per field of the schema; any number of rows.
    /// - Throws: ``ParquetError`` when the batch does not fit the schema (none of it is written then), or the sink's error.
    public mutating func write(_ batch: ColumnBatch) throws {
        try encoder.append(batch)
        if encoder.hasOutput { try sink.append(encoder.takeOutput()) }
    }

    /// Writes the last rows and the footer.
    ///
    /// - Returns: The sink.
    /// - Throws: ``ParquetError``, or the sink's error.
    public mutating func finish() throws -> Sink {
        try encoder.finish()
        try sink.append(encoder.takeOutput())
        return sink
    }
}

/// Whole files in memory.
public enum ParquetFile {
    /// The bytes of a file with the given rows.
    ///
    /// - Parameters:
    ///   - schema: The columns.
    ///   - batch: The rows; zero rows make a file without row groups.
    ///   - options: How to write.
    /// - Returns: The file.
    /// - Throws: ``ParquetError`` of kind `invalidInput` when rows, schema and options do not fit.
    public static func encode(
        schema: Schema, batch: ColumnBatch, options: WriterOptions = WriterOptions()
    ) throws(ParquetError) -> [UInt8] {
        var encoder = try FileEncoder(schema: schema, options: options)
        try encoder.append(batch)
        try encoder.finish()
        return encoder.takeOutput()
    }
}
