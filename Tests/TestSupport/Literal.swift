package import Parquet
package import Tables

/// One cell of a literal table; `nil` is null.
package enum Literal: Sendable, Equatable, ExpressibleByNilLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
    case null
    case string(String)
    case integer(Int64)
    case double(Double)
    case boolean(Bool)

    package init(nilLiteral: ()) { self = .null }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension Table {
    /// Rows of some columns; the other columns are null, or zero where they must not be null.
    package func make(_ names: [String], _ rows: [[Literal]]) -> ColumnBatch {
        ColumnBatch(
            rowCount: rows.count,
            columns: columns.map { column in
                guard let position = names.firstIndex(of: column.name) else {
                    return column.vector(
                        [Literal](repeating: column.isNullable ? .null : .integer(0), count: rows.count))
                }
                return column.vector(rows.map { $0[position] })
            })
    }

    /// Some columns of rows of this table, as literals.
    package func literals(_ batch: ColumnBatch, _ names: [String]) -> [[Literal]] {
        (0..<batch.rowCount).map { row in
            names.map { batch.columns[index(of: $0)].literal(row) }
        }
    }

    /// One column of rows of this table, as literals.
    package func literals(_ batch: ColumnBatch, _ name: String) -> [Literal] {
        literals(batch, [name]).map { $0[0] }
    }

    /// No rows.
    package var empty: ColumnBatch { make([], []) }
}

extension Column {
    fileprivate func vector(_ slots: [Literal]) -> ColumnVector {
        let validity = slots.contains(.null) ? slots.map { $0 != .null } : nil
        let values: ColumnVector.Values
        switch type {
        case .boolean: values = .boolean(slots.map { $0 == .boolean(true) })
        case .int32, .date: values = .int32(slots.map { Int32($0.number) })
        case .int64, .timestampMicroseconds: values = .int64(slots.map(\.wholeNumber))
        case .float: values = .float(slots.map { Float($0.number) })
        case .double: values = .double(slots.map(\.number))
        default:
            var bytes = ByteColumn()
            for case let slot in slots {
                if case .string(let value) = slot {
                    bytes.append(Array(value.utf8))
                } else {
                    bytes.appendEmpty()
                }
            }
            values = .bytes(bytes)
        }
        return ColumnVector(values, validity: validity)
    }
}

extension Literal {
    fileprivate var wholeNumber: Int64 {
        if case .integer(let value) = self { return value }
        return 0
    }

    fileprivate var number: Double {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: 0
        }
    }
}

extension ColumnVector {
    fileprivate func literal(_ row: Int) -> Literal {
        guard isValid(row) else { return .null }
        switch values {
        case .boolean(let slots): return .boolean(slots[row])
        case .int32(let slots): return .integer(Int64(slots[row]))
        case .int64(let slots): return .integer(slots[row])
        case .float(let slots): return .double(Double(slots[row]))
        case .double(let slots): return .double(slots[row])
        case .bytes(let slots): return .string(String(decoding: slots.bytes[slots.range(row)], as: UTF8.self))
        }
    }
}
