package import Parquet

extension ColumnVector {
    /// A column without any value.
    package static func nulls(of type: Schema.FieldType, count: Int) -> ColumnVector {
        var builder = ColumnBuilder(type)
        for _ in 0..<count { builder.appendNull() }
        return builder.finish()
    }
}
