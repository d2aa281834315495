package import Parquet

/// A value of a column that has few of them, each with a name.
package protocol Label: RawRepresentable<UInt8>, CaseIterable {
    /// The name, as the table spells it.
    var name: String { get }
}

/// A column of labels while it is being made: one code a row, spelled out at the end.
package struct LabelBuilder<Value: Label> {
    /// A code that no label has.
    @usableFromInline static var nullCode: UInt8 { .max }
    @usableFromInline var codes: [UInt8] = []

    package init(capacity: Int) { codes.reserveCapacity(capacity) }

    /// Appends a row; nil is null.
    @inlinable package mutating func append(_ label: Value?) {
        codes.append(label?.rawValue ?? Self.nullCode)
    }

    package var vector: ColumnVector {
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
