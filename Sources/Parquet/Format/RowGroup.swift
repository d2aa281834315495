/// Some rows: one chunk per column.
struct RowGroup: Equatable, Sendable {
    var columns: [ColumnChunk]
    /// Bytes of all pages once decompressed.
    var uncompressedSizeBytes: Int64
    var rowCount: Int64
    var sortingColumns: [SortingColumn]?
    /// Where the first page starts.
    var fileOffset: Int64?
    /// Bytes of all pages as stored.
    var compressedSizeBytes: Int64?
    var ordinal: Int16?
}

extension RowGroup: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(columns: [], uncompressedSizeBytes: 0, rowCount: -1)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .list): columns = try reader.readList(of: ColumnChunk.self)
            case (2, .int64): uncompressedSizeBytes = try reader.readInt64()
            case (3, .int64): rowCount = try reader.readInt64()
            case (4, .list): sortingColumns = try reader.readList(of: SortingColumn.self)
            case (5, .int64): fileOffset = try reader.readInt64()
            case (6, .int64): compressedSizeBytes = try reader.readInt64()
            case (7, .int16): ordinal = try reader.readInt16()
            default: try reader.skip(field.type)
            }
        }
        guard rowCount >= 0 else { throw .corrupt("a row group has no row count or a negative one") }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, list: columns)
        writer.field(2, int64: uncompressedSizeBytes)
        writer.field(3, int64: rowCount)
        writer.field(4, list: sortingColumns)
        writer.field(5, int64: fileOffset)
        writer.field(6, int64: compressedSizeBytes)
        writer.field(7, int16: ordinal)
    }
}

/// One column of a row group.
struct ColumnChunk: Equatable, Sendable {
    /// Another file that holds the pages; never written here.
    var filePath: String?
    /// Deprecated; 0.
    var fileOffset: Int64 = 0
    /// Nil when it is encrypted.
    var metaData: ColumnMetaData?
    /// Where the chunk's ``OffsetIndex`` is; nil when there is none.
    var offsetIndexOffset: Int64?
    var offsetIndexSizeBytes: Int32?
    /// Where the chunk's ``ColumnIndex`` is; nil when there is none.
    var columnIndexOffset: Int64?
    var columnIndexSizeBytes: Int32?
}

extension ColumnChunk: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init()
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .binary): filePath = try reader.readString()
            case (2, .int64): fileOffset = try reader.readInt64()
            case (3, .structure): metaData = try ColumnMetaData(from: &reader)
            case (4, .int64): offsetIndexOffset = try reader.readInt64()
            case (5, .int32): offsetIndexSizeBytes = try reader.readInt32()
            case (6, .int64): columnIndexOffset = try reader.readInt64()
            case (7, .int32): columnIndexSizeBytes = try reader.readInt32()
            default: try reader.skip(field.type)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, string: filePath)
        writer.field(2, int64: fileOffset)
        writer.field(3, structure: metaData)
        writer.field(4, int64: offsetIndexOffset)
        writer.field(5, int32: offsetIndexSizeBytes)
        writer.field(6, int64: columnIndexOffset)
        writer.field(7, int32: columnIndexSizeBytes)
    }
}

/// A column by which the rows of a group are sorted.
struct SortingColumn: Equatable, Sendable {
    /// The leaf, from 0.
    var columnIndex: Int32
    var isDescending = false
    var areNullsFirst = false
}

extension SortingColumn: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(columnIndex: -1)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): columnIndex = try reader.readInt32()
            case (2, .booleanTrue): isDescending = true
            case (3, .booleanTrue): areNullsFirst = true
            default: try reader.skip(field.type)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: columnIndex)
        writer.field(2, boolean: isDescending)
        writer.field(3, boolean: areNullsFirst)
    }
}
