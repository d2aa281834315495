import Parquet

/// Deterministic numbers for samples (SplitMix64).
struct SampleRandom {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// What a sample column's rows look like.
enum SampleShape: String, CaseIterable, Sendable {
    case empty
    case oneRow
    case oneDistinct
    case fewDistinct
    case allDistinct
    case allNull
    case mixed
    case runs

    var rowCount: Int {
        switch self {
        case .empty: 0
        case .oneRow: 1
        case .oneDistinct, .allNull: 1000
        case .fewDistinct, .runs: 45_003
        case .allDistinct, .mixed: 21_001
        }
    }
}

/// Sample columns of every type.
enum Samples {
    static let types: [(name: String, type: Schema.FieldType)] = [
        ("boolean", .boolean), ("int32", .int32), ("int64", .int64), ("float", .float), ("double", .double),
        ("string", .string), ("bytes", .bytes), ("date", .date), ("timestamp", .timestampMicroseconds),
    ]

    /// Every type that is written but BSON, which makes DuckDB refuse a file.
    static let allTypes: [(name: String, type: Schema.FieldType)] =
        types + [
            ("int8", .int8), ("int16", .int16), ("uint8", .uint8), ("uint16", .uint16), ("uint32", .uint32),
            ("uint64", .uint64), ("float16", .float16), ("json", .json), ("enum", .enumeration),
            ("fixed", .fixedBytes(length: 7)), ("uuid", .uuid),
            ("time_ms", .time(.milliseconds, isUTC: true)), ("time_us", .time(.microseconds, isUTC: true)),
            ("time_us_local", .time(.microseconds, isUTC: false)),
            ("time_ns_local", .time(.nanoseconds, isUTC: false)),
            ("timestamp_ms", .timestamp(.milliseconds, isUTC: true)),
            ("timestamp_us_local", .timestamp(.microseconds, isUTC: false)),
            ("timestamp_ns", .timestamp(.nanoseconds, isUTC: true)),
            ("decimal_9", .decimal(precision: 9, scale: 2)),
            ("decimal_18", .decimal(precision: 18, scale: 18)),
            ("decimal_19", .decimal(precision: 19, scale: 0)),
            ("decimal_38", .decimal(precision: 38, scale: 10)),
        ]

    /// A column of the shape; the seed decides its values.
    static func column(
        _ type: Schema.FieldType, isNullable: Bool, shape: SampleShape, seed: UInt64 = 1, rowCount: Int? = nil
    ) -> ColumnVector {
        var random = SampleRandom(seed: seed)
        let rowCount = rowCount ?? shape.rowCount
        let keys = (0..<rowCount).map { row -> UInt64 in
            switch shape {
            case .empty, .oneRow, .oneDistinct, .allNull: 7
            case .fewDistinct: UInt64(random.next(below: 37))
            case .allDistinct: random.next()
            case .mixed: row % 3 == 0 ? random.next() : UInt64(random.next(below: 5))
            case .runs: UInt64(row / 1500)
            }
        }
        let validity: [Bool]? =
            !isNullable
            ? nil
            : (0..<rowCount).map { row in
                switch shape {
                case .allNull: false
                case .runs: row / 2500 % 2 == 0
                case .oneRow: true
                case .empty, .oneDistinct, .fewDistinct, .allDistinct, .mixed: random.next(below: 4) != 0
                }
            }
        func slots<Value>(_ null: Value, _ make: (UInt64) -> Value) -> [Value] {
            keys.indices.map { validity?[$0] ?? true ? make(keys[$0]) : null }
        }
        /// Two's complement of a number that the key decides, highest byte first.
        func bigEndian(_ key: UInt64, length: Int) -> [UInt8] {
            let sign: UInt8 = key & 1 == 1 ? 0xff : 0
            let digits = (0..<8).map { UInt8(truncatingIfNeeded: (key >> 2) >> (56 - $0 * 8)) ^ sign }
            return [UInt8](repeating: sign, count: length - 8) + digits
        }
        let values: ColumnVector.Values
        switch type {
        case .boolean: values = .boolean(slots(false) { $0 % 2 == 1 })
        case .int8: values = .int32(slots(0) { Int32(Int8(truncatingIfNeeded: $0)) })
        case .int16: values = .int32(slots(0) { Int32(Int16(truncatingIfNeeded: $0)) })
        case .uint8: values = .int32(slots(0) { Int32(UInt8(truncatingIfNeeded: $0)) })
        case .uint16: values = .int32(slots(0) { Int32(UInt16(truncatingIfNeeded: $0)) })
        case .uint32: values = .int32(slots(0) { Int32(truncatingIfNeeded: $0) })
        case .int32, .date: values = .int32(slots(0) { Int32(truncatingIfNeeded: $0 % 200_000) - 50_000 })
        case .time(.milliseconds, _): values = .int32(slots(0) { Int32($0 % 86_400_000) })
        case .time(.microseconds, _): values = .int64(slots(0) { Int64($0 % 86_400_000_000) })
        case .time(.nanoseconds, _): values = .int64(slots(0) { Int64($0 % 86_400_000_000_000) })
        case .timestamp(.microseconds, _):
            values = .int64(slots(0) { 1_767_225_600_000_000 + Int64($0 % 4_000_000_000_000_000) })
        case .timestamp(.milliseconds, _):
            values = .int64(slots(0) { 1_767_225_600_000 - Int64($0 % 4_000_000_000_000) })
        case .decimal(_, _, .int32): values = .int32(slots(0) { Int32($0 % 1_999_999_999) - 999_999_999 })
        case .decimal(_, _, .int64):
            values = .int64(slots(0) { Int64($0 % 1_999_999_999_999_999_999) - 999_999_999_999_999_999 })
        case .int64, .uint64, .timestamp: values = .int64(slots(0) { Int64(bitPattern: $0) })
        case .float: values = .float(slots(0) { Float(Int64(bitPattern: $0)) / 1024 })
        case .double: values = .double(slots(0) { Double(Int64(bitPattern: $0)) / 1024 })
        case .string, .enumeration:
            values = .bytes(strings(slots([]) { Array("Größe \($0) 😀\(String($0, radix: 16))".utf8) }))
        case .json: values = .bytes(strings(slots([]) { Array("{\"key\":\($0)}".utf8) }))
        case .bytes, .bson:
            values = .bytes(
                strings(
                    slots([]) { key in
                        (0..<UInt64(key % 90)).map { UInt8(truncatingIfNeeded: key >> ($0 % 56)) }
                    }))
        case .float16:
            values = .bytes(
                strings(slots([]) { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }))
        case .decimal(_, _, .fixedBytes(let length)):
            values = .bytes(strings(slots([]) { bigEndian($0, length: length) }))
        case .fixedBytes, .uuid:
            let length = type == .uuid ? 16 : 7
            values = .bytes(
                strings(
                    slots([]) { key in
                        (0..<UInt64(length)).map { UInt8(truncatingIfNeeded: key >> ($0 % 8 * 8)) }
                    }))
        case .int96Timestamp, .decimal(_, _, .bytes): preconditionFailure("the type is never written")
        }
        return ColumnVector(values, validity: validity?.contains(false) == true ? validity : nil)
    }

    static func strings(_ values: [[UInt8]]) -> ByteColumn {
        var column = ByteColumn()
        for value in values { column.append(value) }
        return column
    }

    static func strings(_ values: [String]) -> ByteColumn { strings(values.map { Array($0.utf8) }) }

    /// A column per type, nullable or not.
    static func batch(
        _ types: [(name: String, type: Schema.FieldType)] = Samples.types, shape: SampleShape,
        isNullable: Bool, rowCount: Int? = nil
    ) -> (Schema, ColumnBatch) {
        let schema = Schema(types.map { Schema.Field($0.name, $0.type, isNullable: isNullable) })
        let columns = types.enumerated().map { index, type in
            column(
                type.type, isNullable: isNullable, shape: shape, seed: UInt64(index + 1), rowCount: rowCount)
        }
        return (schema, ColumnBatch(rowCount: rowCount ?? shape.rowCount, columns: columns))
    }
}

extension WriterOptions {
    /// The default options with changes.
    static func make(_ change: (inout WriterOptions) -> Void) -> WriterOptions {
        var options = WriterOptions()
        change(&options)
        return options
    }
}
