package import Parquet

/// A column that rows are appended to, of whatever type the declaration says.
///
/// It has a buffer for every kind of slot, of which all but one stay empty: so a value is appended in place, without a copy of
/// what is there, which an enumeration of buffers would cost.
package struct ColumnBuilder: Sendable {
    private enum Kind: Sendable { case boolean, int32, int64, double, bytes }

    private let kind: Kind
    private var booleans: [Bool] = []
    private var int32s: [Int32] = []
    private var int64s: [Int64] = []
    private var doubles: [Double] = []
    private var byteStrings = ByteColumn()
    /// Empty until there is a null: most columns never have one.
    private var validity: [Bool] = []
    private var nullCount = 0
    package private(set) var count = 0

    package init(_ type: Schema.FieldType) {
        kind =
            switch type {
            case .boolean: .boolean
            case .int8, .int16, .int32, .date, .decimal(_, _, .int32): .int32
            case .int64, .timestamp, .decimal(_, _, .int64): .int64
            case .double: .double
            case .string, .json, .bytes: .bytes
            default: preconditionFailure("no column of the lake is of type \(type)")
            }
    }

    /// The bytes of all texts.
    var sizeBytes: Int { byteStrings.bytes.count }

    package mutating func append(_ value: Bool) {
        booleans.append(value)
        noteValue()
    }

    package mutating func append(_ value: Int32) {
        int32s.append(value)
        noteValue()
    }

    package mutating func append(_ value: Int64) {
        int64s.append(value)
        noteValue()
    }

    package mutating func append(_ value: Double) {
        doubles.append(value)
        noteValue()
    }

    package mutating func append(_ value: UnsafeBufferPointer<UInt8>) {
        byteStrings.append(value)
        noteValue()
    }

    package mutating func append(_ value: some Collection<UInt8>) {
        byteStrings.append(value)
        noteValue()
    }

    package mutating func appendNull() {
        switch kind {
        case .boolean: booleans.append(false)
        case .int32: int32s.append(0)
        case .int64: int64s.append(0)
        case .double: doubles.append(0)
        case .bytes: byteStrings.appendEmpty()
        }
        if validity.count < count {
            validity.append(contentsOf: repeatElement(true, count: count - validity.count))
        }
        validity.append(false)
        nullCount += 1
        count += 1
    }

    @inline(__always)
    private mutating func noteValue() {
        if !validity.isEmpty { validity.append(true) }
        count += 1
    }

    /// Takes the last row back.
    mutating func removeLast() {
        switch kind {
        case .boolean: booleans.removeLast()
        case .int32: int32s.removeLast()
        case .int64: int64s.removeLast()
        case .double: doubles.removeLast()
        case .bytes:
            byteStrings.offsets.removeLast()
            byteStrings.bytes.removeLast(
                byteStrings.bytes.count - Int(byteStrings.offsets[byteStrings.offsets.count - 1]))
        }
        count -= 1
        guard !validity.isEmpty else { return }
        if validity.removeLast() == false { nullCount -= 1 }
    }

    /// The last row as a number; nil when it is null or no number.
    var lastNumber: Double? {
        guard count > 0, validity.last != false else { return nil }
        return switch kind {
        case .int32: int32s.last.map(Double.init)
        case .int64: int64s.last.map(Double.init)
        case .double: doubles.last
        case .boolean, .bytes: nil
        }
    }

    /// The last row as text; nil when it is null or no text.
    var lastText: String? {
        guard kind == .bytes, count > 0, validity.last != false else { return nil }
        return String(decoding: byteStrings.bytes[byteStrings.range(count - 1)], as: UTF8.self)
    }

    /// The column; the builder is used up, so that nothing exists twice.
    package consuming func finish() -> ColumnVector {
        let values: ColumnVector.Values =
            switch kind {
            case .boolean: .boolean(booleans)
            case .int32: .int32(int32s)
            case .int64: .int64(int64s)
            case .double: .double(doubles)
            case .bytes: .bytes(byteStrings)
            }
        return ColumnVector(values, validity: nullCount > 0 ? validity : nil)
    }
}

extension ColumnBuilder {
    package mutating func append(_ value: Int32?) {
        if let value { append(value) } else { appendNull() }
    }

    package mutating func append(_ value: Int64?) {
        if let value { append(value) } else { appendNull() }
    }

    package mutating func append(_ value: Double?) {
        if let value { append(value) } else { appendNull() }
    }

    /// Appends another column's row; nil is null.
    package mutating func append(_ source: StringSlots, row: Int?) {
        guard let row, source.isValid(row) else { return appendNull() }
        source.values.bytes.withUnsafeBufferPointer { bytes in
            append(UnsafeBufferPointer(rebasing: bytes[source.values.range(row)]))
        }
    }
}

extension ColumnVector {
    /// A column without any value.
    package static func nulls(of type: Schema.FieldType, count: Int) -> ColumnVector {
        var builder = ColumnBuilder(type)
        for _ in 0..<count { builder.appendNull() }
        return builder.finish()
    }
}
