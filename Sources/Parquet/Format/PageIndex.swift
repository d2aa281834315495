// https://github.com/apache/parquet-format/blob/master/PageIndex.md

/// The bounds of a chunk's data pages, one element a page in each list.
struct ColumnIndex: Equatable, Sendable {
    /// Whether a page has nulls only; its bounds are empty then.
    var nullPages: [Bool] = []
    var minValues: [[UInt8]] = []
    var maxValues: [[UInt8]] = []
    var boundaryOrder = BoundaryOrder.unordered
    var nullCounts: [Int64]?
    /// Nil for types other than floating point.
    var nanCounts: [Int64]?
}

/// How the bounds of pages with values follow each other.
struct BoundaryOrder: RawRepresentable, Equatable, Sendable {
    var rawValue: Int32
    static let unordered = BoundaryOrder(rawValue: 0)
    static let ascending = BoundaryOrder(rawValue: 1)
    static let descending = BoundaryOrder(rawValue: 2)
}

extension ColumnIndex: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init()
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .list): nullPages = try reader.readBooleanList()
            case (2, .list): minValues = try reader.readBinaryList()
            case (3, .list): maxValues = try reader.readBinaryList()
            case (4, .int32): boundaryOrder = BoundaryOrder(rawValue: try reader.readInt32())
            case (5, .list): nullCounts = try reader.readInt64List()
            case (8, .list): nanCounts = try reader.readInt64List()
            default: try reader.skip(field.type)
            }
        }
        let count = nullPages.count
        guard minValues.count == count, maxValues.count == count, nullCounts?.count ?? count == count,
            nanCounts?.count ?? count == count
        else { throw .corrupt("a column index has lists of different lengths") }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, booleanList: nullPages)
        writer.field(2, binaryList: minValues)
        writer.field(3, binaryList: maxValues)
        writer.field(4, int32: boundaryOrder.rawValue)
        writer.field(5, int64List: nullCounts)
        writer.field(8, int64List: nanCounts)
    }
}

/// Where a chunk's data pages are.
struct OffsetIndex: Equatable, Sendable {
    /// In the order of their rows, without the dictionary page.
    var pageLocations: [PageLocation] = []
}

extension OffsetIndex: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init()
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .list): pageLocations = try reader.readList(of: PageLocation.self)
            default: try reader.skip(field.type)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, list: pageLocations)
    }
}

/// Where a data page is.
struct PageLocation: Equatable, Sendable {
    /// Where its header starts in the file.
    var offset: Int64
    /// Bytes of header and body, as stored.
    var compressedSizeBytes: Int32
    /// The number of its first row within the row group.
    var firstRowIndex: Int64
}

extension PageLocation: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(offset: -1, compressedSizeBytes: -1, firstRowIndex: -1)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int64): offset = try reader.readInt64()
            case (2, .int32): compressedSizeBytes = try reader.readInt32()
            case (3, .int64): firstRowIndex = try reader.readInt64()
            default: try reader.skip(field.type)
            }
        }
        guard offset >= 0, compressedSizeBytes >= 0, firstRowIndex >= 0 else {
            throw .corrupt("a page location lacks its offset, size or row")
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int64: offset)
        writer.field(2, int32: compressedSizeBytes)
        writer.field(3, int64: firstRowIndex)
    }
}
