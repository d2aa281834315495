import Parquet

/// The values that a type's columns draw from: the edges of the type first, then arbitrary ones.
///
/// A column is a list of positions in its pool, so that a million rows are known to the checks by four bytes each.
struct SamplePool {
    /// Positions in a pool.
    static let count = 65_536

    let name: String
    let type: Schema.FieldType
    /// `count` values and, behind them, the slot that a null row holds.
    let values: ColumnVector.Values

    /// The column with the values at the given positions; negative ones are null.
    func column(_ positions: [Int32]) -> ColumnVector {
        var column = ColumnVector(values).gathered(at: positions.map { $0 < 0 ? Int32(Self.count) : $0 })
        if positions.contains(where: { $0 < 0 }) { column.validity = positions.map { $0 >= 0 } }
        return column
    }

    init(_ name: String, _ type: Schema.FieldType, seed: UInt64) {
        self.name = name
        self.type = type
        var random = SampleRandom(seed: seed)

        func slots<Value>(_ edges: [Value], null: Value, _ make: (UInt64) -> Value) -> [Value] {
            edges + (edges.count..<Self.count).map { _ in make(random.next()) } + [null]
        }
        func numbers(_ range: ClosedRange<Int32>, _ edges: [Int32] = [-1, 0, 1]) -> ColumnVector.Values {
            let edges = [range.lowerBound, range.upperBound] + edges.filter(range.contains)
            return .int32(
                slots(edges, null: 0) { key in
                    Int32(Int64(range.lowerBound) + Int64(key % UInt64(range.count)))
                })
        }
        func longNumbers(_ range: ClosedRange<Int64>, _ edges: [Int64] = [-1, 0, 1]) -> ColumnVector.Values {
            let width = UInt64(bitPattern: range.upperBound &- range.lowerBound)
            let edges = [range.lowerBound, range.upperBound] + edges.filter(range.contains)
            return .int64(
                slots(edges, null: 0) { key in
                    range.lowerBound &+ Int64(bitPattern: width == .max ? key : key % (width + 1))
                })
        }
        func bytes(_ edges: [[UInt8]], _ make: (UInt64) -> [UInt8]) -> ColumnVector.Values {
            var column = ByteColumn()
            for value in slots(edges, null: [], make) { column.append(value) }
            return .bytes(column)
        }
        func littleEndian(_ key: UInt64) -> [UInt8] {
            withUnsafeBytes(of: key.littleEndian) { Array($0) }
        }
        func texts(_ edges: [String], _ make: (UInt64) -> String) -> ColumnVector.Values {
            bytes(edges.map { Array($0.utf8) }) { Array(make($0).utf8) }
        }

        switch type {
        case .boolean: values = .boolean(slots([false, true], null: false) { $0 % 2 == 1 })
        case .int8: values = numbers(-128...127)
        case .int16: values = numbers(-32_768...32_767)
        case .uint8: values = numbers(0...255)
        case .uint16: values = numbers(0...65_535)
        case .int32, .uint32: values = numbers(.min ... .max)
        // Years 1 to 9999, which every engine shows.
        case .date: values = numbers(-719_162...2_932_896)
        case .time(.milliseconds, _): values = numbers(0...86_399_999)
        case .decimal(_, _, .int32): values = numbers(-999_999_999...999_999_999)
        case .int64, .uint64: values = longNumbers(.min ... .max)
        case .time(.microseconds, _): values = longNumbers(0...86_399_999_999)
        case .time(.nanoseconds, _): values = longNumbers(0...86_399_999_999_999)
        case .timestamp(.milliseconds, _): values = longNumbers(-62_135_596_800_000...253_402_300_799_999)
        case .timestamp(.microseconds, _):
            values = longNumbers(-62_135_596_800_000_000...253_402_300_799_999_999)
        // Years 1700 to 2200: the ends of 64 bits mean infinity to some engines.
        case .timestamp(.nanoseconds, _):
            values = longNumbers(-8_520_336_000_000_000_000...7_258_118_400_000_000_000)
        case .decimal(_, _, .int64): values = longNumbers(-999_999_999_999_999_999...999_999_999_999_999_999)
        case .float:
            let edges: [Float] = [
                .nan, -0.0, 0, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
                .leastNonzeroMagnitude, 1, -1,
            ]
            values = .float(slots(edges, null: 0) { Float(Int64(bitPattern: $0)) / 1024 })
        case .double:
            let edges: [Double] = [
                .nan, -0.0, 0, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
                .leastNonzeroMagnitude, 1, -1,
            ]
            values = .double(slots(edges, null: 0) { Double(Int64(bitPattern: $0)) / 1024 })
        case .float16:
            // NaN, zeros, infinities, the largest, the smallest; then finite ones of any sign.
            let edges: [UInt16] = [
                0x7e00, 0x8000, 0x0000, 0x7c00, 0xfc00, 0x7bff, 0xfbff, 0x0001, 0x3c00, 0xbc00,
            ]
            values = bytes(edges.map { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }) {
                let pattern = UInt16($0 % 0x7bff) | ($0 >> 63 == 1 ? 0x8000 : 0)
                return [UInt8(truncatingIfNeeded: pattern), UInt8(pattern >> 8)]
            }
        case .string, .enumeration:
            let edges = [
                "", "a", String(repeating: "z", count: 64), String(repeating: "z", count: 65),
                String(repeating: "ä", count: 60), "a" + String(repeating: "ä", count: 60),
                String(repeating: "\u{10ffff}", count: 20), "\u{10ffff}", "é", "z", "\u{7f}", "\"',\n\\",
            ]
            values = texts(edges) { "Größe \($0) 😀\(String($0 >> 40, radix: 16))" }
        case .json:
            let edges = [
                "{}", "null", "[1,2.5,\"ä\"]", "{\"long\":\"\(String(repeating: "ä", count: 60))\"}",
            ]
            values = texts(edges) { "{\"key\":\($0 >> 11)}" }
        case .bytes:
            let edges: [[UInt8]] = [
                [], [0], [128], [255], [UInt8](repeating: 255, count: 64), [UInt8](repeating: 255, count: 70),
                [UInt8](repeating: 0, count: 70), [127, 255],
            ]
            values = bytes(edges) { key in
                Array((littleEndian(key) + littleEndian(key &* 3)).prefix(Int(key % 17)))
            }
        case .bson:
            values = bytes([[5, 0, 0, 0, 0]]) { key in
                // A document with one 64-bit number "n".
                [16, 0, 0, 0, 18, 110, 0] + littleEndian(key) + [0]
            }
        case .fixedBytes(let length):
            values = bytes([
                [UInt8](repeating: 0, count: length), [UInt8](repeating: 255, count: length),
            ]) { key in Array((littleEndian(key) + littleEndian(key &* 3)).prefix(length)) }
        case .uuid:
            values = bytes([[UInt8](repeating: 0, count: 16), [UInt8](repeating: 255, count: 16)]) { key in
                littleEndian(key) + littleEndian(key &* 3)
            }
        case .decimal(let precision, _, .fixedBytes(let length)):
            let greatest = Self.bigEndian(digits: precision, length: length)
            let edges: [[UInt8]] = [
                greatest, Self.negated(greatest), [UInt8](repeating: 0, count: length),
                [UInt8](repeating: 255, count: length), [UInt8](repeating: 0, count: length - 1) + [1],
            ]
            values = bytes(edges) { key in
                let sign: UInt8 = key & 1 == 1 ? 255 : 0
                return [UInt8](repeating: sign, count: length - 8)
                    + littleEndian(key >> 1).reversed().map { $0 ^ sign }
            }
        case .int96Timestamp, .decimal(_, _, .bytes): preconditionFailure("the type is never written")
        }
    }

    /// The number of so many nines, highest byte first.
    private static func bigEndian(digits: Int, length: Int) -> [UInt8] {
        var number = [UInt8](repeating: 0, count: length)
        for _ in 0..<digits {
            var carry = 9
            for index in number.indices.reversed() {
                carry += Int(number[index]) * 10
                number[index] = UInt8(carry % 256)
                carry /= 256
            }
        }
        return number
    }

    /// Two's complement of the opposite number.
    private static func negated(_ number: [UInt8]) -> [UInt8] {
        var result = number.map(~)
        for index in result.indices.reversed() {
            result[index] &+= 1
            if result[index] != 0 { break }
        }
        return result
    }

    /// Every type that is written.
    static func all() -> [SamplePool] {
        let types: [(String, Schema.FieldType)] = [
            ("boolean", .boolean), ("int8", .int8), ("int16", .int16), ("int32", .int32), ("int64", .int64),
            ("uint8", .uint8), ("uint16", .uint16), ("uint32", .uint32), ("uint64", .uint64),
            ("float16", .float16), ("float", .float), ("double", .double), ("string", .string),
            ("json", .json), ("enum", .enumeration), ("bytes", .bytes), ("bson", .bson),
            ("fixed", .fixedBytes(length: 7)), ("uuid", .uuid), ("date", .date),
            ("time_ms", .time(.milliseconds, isUTC: true)), ("time_us", .time(.microseconds, isUTC: true)),
            ("time_us_local", .time(.microseconds, isUTC: false)),
            ("time_ns_local", .time(.nanoseconds, isUTC: false)),
            ("timestamp_ms", .timestamp(.milliseconds, isUTC: true)),
            ("timestamp_us", .timestampMicroseconds),
            ("timestamp_us_local", .timestamp(.microseconds, isUTC: false)),
            ("timestamp_ns", .timestamp(.nanoseconds, isUTC: true)),
            ("decimal_9", .decimal(precision: 9, scale: 2)),
            ("decimal_18", .decimal(precision: 18, scale: 18)),
            ("decimal_19", .decimal(precision: 19, scale: 0)),
            ("decimal_38", .decimal(precision: 38, scale: 10)),
        ]
        return types.enumerated().map { SamplePool($1.0, $1.1, seed: UInt64($0 + 1)) }
    }
}
