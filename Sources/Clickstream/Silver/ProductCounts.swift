import Parquet
import Tables

/// Counts by product and category: of a slot, of an hour, of a day.
enum ProductCounts {
    static let columns = [
        Column(
            "product_id", .string, nullable: true,
            "The product; null for events without one, such as searches."),
        Column("category", .string, nullable: true, "The category; null for events without one."),
        Column("events", .int64, unit: "events", "All events, of types that are not known too."),
        Column("views", .int64, unit: "events", "Views of the page (`page_view`)."),
        Column("carts", .int64, unit: "events", "Additions to a cart (`add_to_cart`)."),
        Column("removals", .int64, unit: "events", "Removals from a cart (`remove_from_cart`)."),
        Column("purchases", .int64, unit: "events", "Purchases (`purchase`)."),
        Column("searches", .int64, unit: "events", "Searches (`search`)."),
        Column(
            "units", .int64, unit: "pieces",
            "Pieces that were bought; a purchase without a quantity counts as one."),
        Column(
            "revenue", .decimal(precision: 18, scale: 4, storage: .int64), unit: "the shop's currency",
            "Price times quantity, over the purchases; one without a price adds nothing."),
    ]

    /// The greatest number of 18 digits.
    static let decimalMaximum: Int128 = 999_999_999_999_999_999

    /// One element a group.
    struct Sums {
        var events: [Int64]
        var views: [Int64]
        var carts: [Int64]
        var removals: [Int64]
        var purchases: [Int64]
        var searches: [Int64]
        var units: [Int64]
        /// Ten-thousandths of the currency.
        var revenue: [Int128]

        init(count: Int) {
            let zeros = [Int64](repeating: 0, count: count)
            (events, views, carts, removals) = (zeros, zeros, zeros, zeros)
            (purchases, searches, units) = (zeros, zeros, zeros)
            revenue = [Int128](repeating: 0, count: count)
        }
    }

    /// Rows sorted by product and category.
    static func batch(_ sums: Sums, products: ColumnVector, categories: ColumnVector) -> ColumnBatch {
        let batch = ColumnBatch(
            rowCount: sums.events.count,
            columns: [products, categories]
                + [
                    sums.events, sums.views, sums.carts, sums.removals, sums.purchases, sums.searches,
                    sums.units,
                    sums.revenue.map { Int64(clamping: min($0, decimalMaximum)) },
                ].map { ColumnVector(.int64($0)) })
        let order = (0..<batch.rowCount).sorted { left, right in
            let order = products.compare(left, to: products, right)
            return order != 0 ? order < 0 : categories.compare(left, to: categories, right) < 0
        }
        return batch.gathered(at: order)
    }

    /// The sum of several batches; of a batch at a time more than the sum is held.
    static func sum(_ batches: [ColumnBatch], as table: Table) -> ColumnBatch {
        var total = table.emptyRows
        for batch in batches where batch.rowCount > 0 {
            total = total.rowCount == 0 ? batch : sum(.concatenated([total, batch]), as: table)
        }
        return total
    }

    /// One row for each product and category.
    private static func sum(_ batch: ColumnBatch, as table: Table) -> ColumnBatch {
        let rows = BatchView(batch, as: table)
        var groups = Grouping(rowCount: rows.rowCount)
        groups.split(by: rows.column("product_id"))
        groups.split(by: rows.column("category"))
        return self.batch(
            sums(of: rows, in: groups),
            products: rows.column("product_id").gathered(at: groups.firstRowOfGroup),
            categories: rows.column("category").gathered(at: groups.firstRowOfGroup))
    }

    /// The counts of each group.
    static func sums(of rows: BatchView, in groups: Grouping) -> Sums {
        var sums = Sums(count: groups.groupCount)
        func add(_ name: String, to counts: inout [Int64]) {
            let values = rows.integers(name).values
            for (row, group) in groups.groupOfRow.enumerated() { counts[Int(group)] += values[row] }
        }
        add("events", to: &sums.events)
        add("views", to: &sums.views)
        add("carts", to: &sums.carts)
        add("removals", to: &sums.removals)
        add("purchases", to: &sums.purchases)
        add("searches", to: &sums.searches)
        add("units", to: &sums.units)
        let revenue = rows.integers("revenue").values
        for (row, group) in groups.groupOfRow.enumerated() {
            sums.revenue[Int(group)] += Int128(revenue[row])
        }
        return sums
    }
}
