import Parquet
import Tables

/// What was done in each category, by day.
enum CategoryPerformance {
    private static let counts = ["events", "views", "carts", "removals", "purchases", "revenue"]

    static let table = Table(
        name: "category_performance", layer: .gold,
        partitioning: .eventTime(column: "event_at", minutes: 1_440),
        grain: "category, day", key: ["category"],
        columns: [
            Column(
                "category", .string, nullable: true,
                "The category; null for events without one, such as searches.")
        ]
            + counts.map { ProductHourly.table.columns[ProductHourly.table.index(of: $0)] })

    /// Makes the rows of a day's sum of ``ProductHourly``.
    static func make(products: ColumnBatch) -> ColumnBatch {
        let rows = BatchView(products, as: ProductHourly.table)
        var groups = Grouping(rowCount: rows.rowCount)
        groups.split(by: rows.column("category"))
        let summed = BatchView(
            ProductCounts.batch(
                ProductCounts.sums(of: rows, in: groups),
                products: .nulls(of: .string, count: groups.groupCount),
                categories: rows.column("category").gathered(at: groups.firstRowOfGroup)),
            as: ProductHourly.table)
        return ColumnBatch(
            rowCount: summed.rowCount, columns: (["category"] + counts).map { summed.column($0) })
    }
}
