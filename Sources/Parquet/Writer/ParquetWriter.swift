/// Writes rows as a Parquet file to a sink, holding at most one row group in memory.
///
/// The file is complete only after ``finish()``; after an error it cannot be completed. The same rows and options give the
/// same bytes, however the rows are cut into batches. Not for use by two tasks at once.
/// https://github.com/apache/parquet-format
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
        try encoder.validate(batch)
        var row = 0
        while row < batch.rowCount {
            row = try encoder.append(batch, from: row)
            try drain()
        }
    }

    /// Ends the row group that is being filled, so that the next rows start another one.
    ///
    /// - Throws: ``ParquetError``, or the sink's error.
    public mutating func endRowGroup() throws {
        try encoder.endRowGroup()
        try drain()
    }

    /// Appends a row group of another file as it is, after those rows that were written before.
    ///
    /// The bytes of its pages are copied; codec, encodings, bounds and sorting columns stay what they are. Bloom filters are
    /// left out, and bounds where the file does not say in which order they are. The page index is copied where there is one.
    ///
    /// - Parameters:
    ///   - index: Which row group, from 0.
    ///   - source: The file, which must have the same schema.
    /// - Throws: ``ParquetError`` when there is no such row group, when the columns are others, or when the file contradicts
    ///   itself; or the sink's error.
    public mutating func copyRowGroup(_ index: Int, of source: RowGroupSource) throws {
        try encoder.copyRowGroup(index, of: source)
        try drain()
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

    private mutating func drain() throws {
        if encoder.hasOutput { try sink.append(encoder.takeOutput()) }
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
        try encoder.validate(batch)
        var row = 0
        while row < batch.rowCount { row = try encoder.append(batch, from: row) }
        try encoder.finish()
        return encoder.takeOutput()
    }
}
