import Parquet

/// A column of fixed-width values while it is being made.
struct ColumnBuilder<Value> {
    private var values: [Value] = []
    private var validity: [Bool] = []
    private var hasNulls = false
    /// What a null row's slot holds.
    private let nullSlot: Value

    private init(nullSlot: Value, capacity: Int) {
        self.nullSlot = nullSlot
        values.reserveCapacity(capacity)
        validity.reserveCapacity(capacity)
    }

    /// Appends a row; nil is null.
    mutating func append(_ value: Value?) {
        values.append(value ?? nullSlot)
        validity.append(value != nil)
        if value == nil { hasNulls = true }
    }

    private var finishedValidity: [Bool]? { hasNulls ? validity : nil }
}

extension ColumnBuilder<Int32> {
    /// Starts a column.
    init(capacity: Int) { self.init(nullSlot: 0, capacity: capacity) }
    /// The column.
    var column: ColumnVector { ColumnVector(.int32(values), validity: finishedValidity) }
}

extension ColumnBuilder<Int64> {
    /// Starts a column.
    init(capacity: Int) { self.init(nullSlot: 0, capacity: capacity) }
    /// The column.
    var column: ColumnVector { ColumnVector(.int64(values), validity: finishedValidity) }
}

extension ColumnBuilder<Double> {
    /// Starts a column.
    init(capacity: Int) { self.init(nullSlot: 0, capacity: capacity) }
    /// The column.
    var column: ColumnVector { ColumnVector(.double(values), validity: finishedValidity) }
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
    var column: ColumnVector {
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

/// A column of strings while it is being made.
struct StringBuilder {
    private var values = ByteColumn()
    private var validity: [Bool] = []

    /// Starts a column.
    init(capacity: Int) {
        values.offsets.reserveCapacity(capacity + 1)
        validity.reserveCapacity(capacity)
    }

    /// Appends another column's row; nil is null.
    mutating func append(_ source: StringSlots, row: Int?) {
        guard let row, source.isValid(row) else {
            values.appendEmpty()
            validity.append(false)
            return
        }
        values.append(source.bytes(row))
        validity.append(true)
    }

    /// The column.
    var column: ColumnVector {
        ColumnVector(.bytes(values), validity: validity.contains(false) ? validity : nil)
    }
}
