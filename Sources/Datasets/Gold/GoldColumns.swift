import Parquet

extension Nullable<Int32> {
    /// An empty column of INT32 or dates.
    init() { self.init(null: 0) }
    /// The column.
    var vector: ColumnVector { ColumnVector(.int32(values), validity: validityIfAny) }
}

extension Nullable<Int64> {
    /// An empty column of INT64 or timestamps.
    init() { self.init(null: 0) }
    /// The column.
    var vector: ColumnVector { ColumnVector(.int64(values), validity: validityIfAny) }
}

extension Nullable<Double> {
    /// An empty column of DOUBLE.
    init() { self.init(null: 0) }
    /// The column.
    var vector: ColumnVector { ColumnVector(.double(values), validity: validityIfAny) }
}

/// A value of a column that has few of them, each with a name.
protocol Label: RawRepresentable<UInt8>, CaseIterable {
    /// The name, as the table spells it.
    var name: String { get }
}

/// A column of labels while it is being made: one code a row, spelled out at the end.
struct LabelBuilder<Value: Label> {
    /// A code that no label has.
    private static var nullCode: UInt8 { .max }
    private var codes: [UInt8] = []

    /// Starts a column.
    init(capacity: Int) { codes.reserveCapacity(capacity) }

    /// Appends a row; nil is null.
    mutating func append(_ label: Value?) { codes.append(label?.rawValue ?? Self.nullCode) }

    /// The column.
    var vector: ColumnVector {
        var names = [[UInt8]](repeating: [], count: Int(Self.nullCode) + 1)
        for label in Value.allCases { names[Int(label.rawValue)] = Array(label.name.utf8) }

        var values = ByteColumn()
        values.offsets.reserveCapacity(codes.count + 1)
        values.bytes.reserveCapacity(codes.reduce(0) { $0 + names[Int($1)].count })
        for code in codes { values.append(names[Int(code)]) }
        let hasNulls = codes.contains(Self.nullCode)
        return ColumnVector(.bytes(values), validity: hasNulls ? codes.map { $0 != Self.nullCode } : nil)
    }
}

extension NullableBytes {
    /// Appends another column's row; nil is null.
    mutating func append(_ source: StringSlots, row: Int?) {
        guard let row, source.isValid(row) else { return appendNull() }
        source.values.bytes.withUnsafeBufferPointer { bytes in
            append(UnsafeBufferPointer(rebasing: bytes[source.values.range(row)]))
        }
    }
}
