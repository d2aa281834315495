import Parquet
import Tables

/// How many views of each product become carts and purchases, by day.
enum ConversionFunnel {
    static let table = Table(
        name: "conversion_funnel", layer: .gold, partitioning: .eventTime(column: "event_at", minutes: 1_440),
        grain: "product, day", key: ["product_id"],
        columns: [
            Column("product_id", .string, "The product."),
            Column(
                "category", .string, nullable: true,
                "Its category, of several the one with the most events; null without one."),
            Column("views", .int64, unit: "events", "Views of its page."),
            Column("carts", .int64, unit: "events", "Additions to a cart."),
            Column("purchases", .int64, unit: "events", "Purchases."),
            Column(
                "view_to_cart_rate", .double, nullable: true, unit: "carts per view",
                "Carts by views; null without a view; may exceed 1."),
            Column(
                "cart_to_purchase_rate", .double, nullable: true, unit: "purchases per cart",
                "Purchases by carts; null without an addition to a cart; may exceed 1."),
            Column(
                "view_to_purchase_rate", .double, nullable: true, unit: "purchases per view",
                "Purchases by views; null without a view; may exceed 1."),
        ])

    /// Makes the rows of a day's sum of ``ProductHourly``.
    static func make(products: ColumnBatch) -> ColumnBatch {
        let rows = BatchView(products, as: ProductHourly.table)
        let events = rows.integers("events").values
        let names = rows.strings("product_id")
        let counts = ["views", "carts", "purchases"].map { rows.integers($0).values }
        var kept: [Int] = []
        var sums = counts.map { _ in [Int64]() }
        // Rows are sorted by product, then by category.
        for row in 0..<rows.rowCount where names.isValid(row) {
            if let last = kept.last, names.compare(last, to: names, row) == 0 {
                if events[row] > events[last] { kept[kept.count - 1] = row }
            } else {
                kept.append(row)
                for index in sums.indices { sums[index].append(0) }
            }
            for index in sums.indices { sums[index][kept.count - 1] += counts[index][row] }
        }
        func rates(_ upper: Int, _ lower: Int) -> ColumnVector {
            var rates = ColumnBuilder(.double)
            for (upper, lower) in zip(sums[upper], sums[lower]) {
                rates.append(lower > 0 ? Double(upper) / Double(lower) : nil)
            }
            return rates.finish()
        }
        return ColumnBatch(
            rowCount: kept.count,
            columns: ["product_id", "category"].map { rows.column($0).gathered(at: kept) }
                + sums.map { ColumnVector(.int64($0)) } + [rates(1, 0), rates(2, 1), rates(2, 0)])
    }
}
