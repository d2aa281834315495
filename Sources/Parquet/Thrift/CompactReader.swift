/// Reads Thrift's compact protocol from untrusted bytes.
///
/// Unknown fields are skipped, whatever their type; a known field with an unexpected type counts as unknown.
struct CompactReader {
    /// The header of one field of a struct.
    struct Field {
        var id: Int16
        var type: CompactType
    }

    /// Nesting of unknown fields beyond which a file is refused.
    static let nestingMaximum = 32

    private(set) var cursor: ByteCursor
    /// Bytes that the elements of lists may still take in memory: one of a few bytes can become hundreds.
    private var memorySizeBytesLeft: Int

    init(_ bytes: UnsafeRawBufferPointer, memorySizeBytesMaximum: Int = .max) {
        cursor = ByteCursor(bytes)
        memorySizeBytesLeft = memorySizeBytesMaximum
    }

    /// The next field of the current struct; nil at its end.
    mutating func nextField(after previous: Int16) throws(ParquetError) -> Field? {
        let header = try cursor.readByte()
        guard header != 0 else { return nil }
        let type = try Self.type(header & 0x0f)
        let delta = Int16(header >> 4)
        guard delta == 0 else {
            let (id, overflow) = previous.addingReportingOverflow(delta)
            guard !overflow else { throw .corrupt("a Thrift field id exceeds 16 bits") }
            return Field(id: id, type: type)
        }
        guard let id = Int16(exactly: try readInt64()) else {
            throw .corrupt("a Thrift field id exceeds 16 bits")
        }
        return Field(id: id, type: type)
    }

    mutating func readInt64() throws(ParquetError) -> Int64 {
        try cursor.readZigzag()
    }

    mutating func readInt32() throws(ParquetError) -> Int32 {
        let value = try readInt64()
        guard let narrow = Int32(exactly: value) else { throw .corrupt("\(value) exceeds 32 bits") }
        return narrow
    }

    mutating func readInt16() throws(ParquetError) -> Int16 {
        let value = try readInt64()
        guard let narrow = Int16(exactly: value) else { throw .corrupt("\(value) exceeds 16 bits") }
        return narrow
    }

    mutating func readInt8() throws(ParquetError) -> Int8 {
        Int8(bitPattern: try cursor.readByte())
    }

    mutating func readBinary() throws(ParquetError) -> [UInt8] {
        let count = try cursor.readVarint()
        guard count <= UInt64(cursor.remaining) else {
            throw .corrupt("a Thrift binary of \(count) bytes where \(cursor.remaining) remain")
        }
        return [UInt8](try cursor.take(Int(count)))
    }

    /// A string; bytes that are not UTF-8 become U+FFFD.
    mutating func readString() throws(ParquetError) -> String {
        String(decoding: try readBinary(), as: UTF8.self)
    }

    /// The header of a list: its element type and a count that the remaining bytes can hold.
    mutating func readListHeader() throws(ParquetError) -> (type: CompactType, count: Int) {
        let header = try cursor.readByte()
        let type = try Self.type(header & 0x0f)
        let count = header >> 4 == 15 ? try cursor.readVarint() : UInt64(header >> 4)
        guard count <= UInt64(cursor.remaining) else {
            throw .corrupt("a Thrift list of \(count) elements where \(cursor.remaining) bytes remain")
        }
        return (type, Int(count))
    }

    mutating func readList<Element: ThriftStruct>(
        of element: Element.Type
    ) throws(ParquetError) -> [Element] {
        let (type, count) = try readListHeader()
        guard type == .structure || count == 0 else { throw .corrupt("a Thrift list holds no structs") }
        var elements = try makeArray(of: Element.self, count: count)
        for _ in 0..<count {
            elements.append(try Element(from: &self))
        }
        return elements
    }

    mutating func readInt32List() throws(ParquetError) -> [Int32] {
        let (type, count) = try readListHeader()
        guard type == .int32 || count == 0 else { throw .corrupt("a Thrift list holds no 32-bit integers") }
        var elements = try makeArray(of: Int32.self, count: count)
        for _ in 0..<count {
            elements.append(try readInt32())
        }
        return elements
    }

    mutating func readInt64List() throws(ParquetError) -> [Int64] {
        let (type, count) = try readListHeader()
        guard type == .int64 || count == 0 else { throw .corrupt("a Thrift list holds no 64-bit integers") }
        var elements = try makeArray(of: Int64.self, count: count)
        for _ in 0..<count {
            elements.append(try readInt64())
        }
        return elements
    }

    /// Booleans, each a byte: 1 is true, and writers differ on whether 0 or 2 is false.
    mutating func readBooleanList() throws(ParquetError) -> [Bool] {
        let (type, count) = try readListHeader()
        guard type == .booleanTrue || type == .booleanFalse || count == 0 else {
            throw .corrupt("a Thrift list holds no booleans")
        }
        var elements = try makeArray(of: Bool.self, count: count)
        for _ in 0..<count {
            elements.append(try cursor.readByte() == 1)
        }
        return elements
    }

    mutating func readBinaryList() throws(ParquetError) -> [[UInt8]] {
        let (type, count) = try readListHeader()
        guard type == .binary || count == 0 else { throw .corrupt("a Thrift list holds no binaries") }
        var elements = try makeArray(of: [UInt8].self, count: count)
        for _ in 0..<count {
            elements.append(try readBinary())
        }
        return elements
    }

    mutating func readStringList() throws(ParquetError) -> [String] {
        let (type, count) = try readListHeader()
        guard type == .binary || count == 0 else { throw .corrupt("a Thrift list holds no strings") }
        var elements = try makeArray(of: String.self, count: count)
        for _ in 0..<count {
            elements.append(try readString())
        }
        return elements
    }

    /// An empty array with room for as many elements as a list says, if they may take so much memory.
    private mutating func makeArray<Element>(
        of element: Element.Type, count: Int
    ) throws(ParquetError) -> [Element] {
        // An element takes a byte at least, so that the product cannot overflow.
        memorySizeBytesLeft -= count * MemoryLayout<Element>.stride
        guard memorySizeBytesLeft >= 0 else {
            throw .limitExceeded("a Thrift list of \(count) elements exceeds the memory for the footer")
        }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        return elements
    }

    /// Steps over a struct of which nothing is wanted.
    mutating func skipStruct() throws(ParquetError) {
        try skip(.structure)
    }

    /// Steps over a value.
    mutating func skip(_ type: CompactType, depth: Int = 0) throws(ParquetError) {
        guard depth < Self.nestingMaximum else {
            throw .corrupt("Thrift values nest deeper than \(Self.nestingMaximum)")
        }
        switch type {
        case .booleanTrue, .booleanFalse:
            break
        case .int8:
            _ = try cursor.readByte()
        case .int16, .int32, .int64:
            _ = try cursor.readVarint()
        case .double:
            _ = try cursor.take(8)
        case .uuid:
            _ = try cursor.take(16)
        case .binary:
            let count = try cursor.readVarint()
            guard count <= UInt64(cursor.remaining) else {
                throw .corrupt("a Thrift binary of \(count) bytes where \(cursor.remaining) remain")
            }
            _ = try cursor.take(Int(count))
        case .list, .set:
            let (element, count) = try readListHeader()
            for _ in 0..<count {
                try skipElement(element, depth: depth + 1)
            }
        case .map:
            let count = try cursor.readVarint()
            guard count <= UInt64(cursor.remaining) else {
                throw .corrupt("a Thrift map of \(count) entries where \(cursor.remaining) bytes remain")
            }
            guard count > 0 else { return }
            let types = try cursor.readByte()
            let key = try Self.type(types >> 4)
            let value = try Self.type(types & 0x0f)
            for _ in 0..<count {
                try skipElement(key, depth: depth + 1)
                try skipElement(value, depth: depth + 1)
            }
        case .structure:
            var id: Int16 = 0
            while let field = try nextField(after: id) {
                id = field.id
                try skip(field.type, depth: depth + 1)
            }
        }
    }

    /// Steps over an element of a collection, where booleans take a byte of their own.
    private mutating func skipElement(_ type: CompactType, depth: Int) throws(ParquetError) {
        switch type {
        case .booleanTrue, .booleanFalse: _ = try cursor.readByte()
        default: try skip(type, depth: depth)
        }
    }

    private static func type(_ nibble: UInt8) throws(ParquetError) -> CompactType {
        guard let type = CompactType(rawValue: nibble) else {
            throw .corrupt("\(nibble) is no Thrift type")
        }
        return type
    }
}
