package import Parquet

/// Strings that may be null, as rows append them.
package struct NullableBytes: Sendable {
    package private(set) var bytes = ByteColumn()
    package private(set) var validity: [Bool] = []
    package private(set) var hasNull = false

    /// An empty column.
    package init() {}

    package mutating func append(_ value: UnsafeBufferPointer<UInt8>?) {
        guard let value else { return appendNull() }
        bytes.append(value)
        validity.append(true)
    }

    package mutating func appendNull() {
        bytes.appendEmpty()
        validity.append(false)
        hasNull = true
    }

    package var vector: ColumnVector { ColumnVector(.bytes(bytes), validity: hasNull ? validity : nil) }
}

/// Fixed-size values that may be null, as rows append them.
package struct Nullable<Value: Sendable>: Sendable {
    package var values: [Value] = []
    package var validity: [Bool] = []
    package var hasNull = false
    @usableFromInline let null: Value

    /// - Parameter null: What a null row's slot holds.
    package init(null: Value) {
        self.null = null
    }

    @inlinable package mutating func append(_ value: Value?) {
        values.append(value ?? null)
        validity.append(value != nil)
        if value == nil { hasNull = true }
    }

    /// Nil when no row is null.
    package var validityIfAny: [Bool]? { hasNull ? validity : nil }
}

extension Nullable<Int32> {
    /// An empty column of INT32 or dates.
    package init() { self.init(null: 0) }
    /// The column.
    package var vector: ColumnVector { ColumnVector(.int32(values), validity: validityIfAny) }
}

extension Nullable<Int64> {
    /// An empty column of INT64 or timestamps.
    package init() { self.init(null: 0) }
    /// The column.
    package var vector: ColumnVector { ColumnVector(.int64(values), validity: validityIfAny) }
}

extension Nullable<Double> {
    /// An empty column of DOUBLE.
    package init() { self.init(null: 0) }
    /// The column.
    package var vector: ColumnVector { ColumnVector(.double(values), validity: validityIfAny) }
}

extension NullableBytes {
    /// Appends another column's row; nil is null.
    package mutating func append(_ source: StringSlots, row: Int?) {
        guard let row, source.isValid(row) else { return appendNull() }
        source.values.bytes.withUnsafeBufferPointer { bytes in
            append(UnsafeBufferPointer(rebasing: bytes[source.values.range(row)]))
        }
    }
}
