/// Writes Thrift's compact protocol: the inverse of ``CompactReader``.
///
/// Fields must be written in ascending order of their ids; nil means that the field is left out.
struct CompactWriter {
    private(set) var bytes: [UInt8] = []
    private var previousID: Int16 = 0

    /// The bytes of a struct.
    static func encode(_ value: some ThriftStruct) -> [UInt8] {
        var writer = CompactWriter()
        writer.write(value)
        return writer.bytes
    }

    mutating func write(_ value: some ThriftStruct) {
        let outerID = previousID
        previousID = 0
        value.writeFields(to: &self)
        bytes.append(0)
        previousID = outerID
    }

    mutating func field(_ id: Int16, int8 value: Int8?) {
        guard let value else { return }
        header(id, .int8)
        bytes.append(UInt8(bitPattern: value))
    }

    mutating func field(_ id: Int16, int16 value: Int16?) {
        guard let value else { return }
        header(id, .int16)
        zigzag(Int64(value))
    }

    mutating func field(_ id: Int16, int32 value: Int32?) {
        guard let value else { return }
        header(id, .int32)
        zigzag(Int64(value))
    }

    mutating func field(_ id: Int16, int64 value: Int64?) {
        guard let value else { return }
        header(id, .int64)
        zigzag(value)
    }

    mutating func field(_ id: Int16, boolean value: Bool?) {
        guard let value else { return }
        header(id, value ? .booleanTrue : .booleanFalse)
    }

    mutating func field(_ id: Int16, binary value: [UInt8]?) {
        guard let value else { return }
        header(id, .binary)
        binary(value)
    }

    mutating func field(_ id: Int16, string value: String?) {
        field(id, binary: value.map { Array($0.utf8) })
    }

    mutating func field(_ id: Int16, structure value: (some ThriftStruct)?) {
        guard let value else { return }
        header(id, .structure)
        write(value)
    }

    mutating func field(_ id: Int16, list values: [some ThriftStruct]?) {
        guard let values else { return }
        listHeader(id, .structure, count: values.count)
        for value in values { write(value) }
    }

    mutating func field(_ id: Int16, int32List values: [Int32]?) {
        guard let values else { return }
        listHeader(id, .int32, count: values.count)
        for value in values { zigzag(Int64(value)) }
    }

    mutating func field(_ id: Int16, int64List values: [Int64]?) {
        guard let values else { return }
        listHeader(id, .int64, count: values.count)
        for value in values { zigzag(value) }
    }

    mutating func field(_ id: Int16, booleanList values: [Bool]?) {
        guard let values else { return }
        listHeader(id, .booleanTrue, count: values.count)
        for value in values {
            bytes.append((value ? CompactType.booleanTrue : CompactType.booleanFalse).rawValue)
        }
    }

    mutating func field(_ id: Int16, binaryList values: [[UInt8]]?) {
        guard let values else { return }
        listHeader(id, .binary, count: values.count)
        for value in values { binary(value) }
    }

    mutating func field(_ id: Int16, stringList values: [String]?) {
        guard let values else { return }
        listHeader(id, .binary, count: values.count)
        for value in values { binary(Array(value.utf8)) }
    }

    private mutating func header(_ id: Int16, _ type: CompactType) {
        let delta = id - previousID
        precondition(delta > 0, "fields are written in ascending order")
        if delta <= 15 {
            bytes.append(UInt8(delta) << 4 | type.rawValue)
        } else {
            bytes.append(type.rawValue)
            zigzag(Int64(id))
        }
        previousID = id
    }

    private mutating func listHeader(_ id: Int16, _ type: CompactType, count: Int) {
        header(id, .list)
        if count < 15 {
            bytes.append(UInt8(count) << 4 | type.rawValue)
        } else {
            bytes.append(0xf0 | type.rawValue)
            bytes.append(varint: UInt64(count))
        }
    }

    private mutating func binary(_ value: [UInt8]) {
        bytes.append(varint: UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    private mutating func zigzag(_ value: Int64) {
        bytes.append(zigzag: value)
    }
}
