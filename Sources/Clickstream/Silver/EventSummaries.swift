import Parquet
import Tables

/// What each slot holds of each product, so that gold need not read events.
enum EventSummaries {
    static let table = Table(
        name: "event_summaries", layer: .silver,
        partitioning: .eventTime(column: "event_at", minutes: Events.slotMinutes),
        grain: "product, category, slot", key: ["product_id", "category"], columns: ProductCounts.columns)

    /// Makes the rows of those of ``Events``.
    static func make(events: ColumnBatch) -> ColumnBatch {
        let rows = BatchView(events, as: Events.table)
        var products = Grouping(rowCount: rows.rowCount)
        products.split(by: rows.column("product_id"))
        products.split(by: rows.column("category"))
        var types = Grouping(rowCount: rows.rowCount)
        types.split(by: rows.column("event_type"))
        let names = rows.strings("event_type")
        let kinds = types.firstRowOfGroup.map { Events.Kind(rawValue: names.text(at: $0)) }
        var counts = ProductCounts.Sums(count: products.groupCount)
        let quantities = rows.int32s("quantity")
        let prices = rows.integers("price")
        for row in 0..<rows.rowCount {
            let group = Int(products.groupOfRow[row])
            counts.events[group] += 1
            switch kinds[Int(types.groupOfRow[row])] {
            case .view?: counts.views[group] += 1
            case .cart?: counts.carts[group] += 1
            case .removal?: counts.removals[group] += 1
            case .search?: counts.searches[group] += 1
            case .purchase?:
                counts.purchases[group] += 1
                // A purchase without a quantity is of one piece.
                let quantity = Int64(quantities[row] ?? 1)
                counts.units[group] += quantity
                counts.revenue[group] += Int128(prices[row] ?? 0) * Int128(quantity)
            case nil: break
            }
        }
        return ProductCounts.batch(
            counts, products: rows.column("product_id").gathered(at: products.firstRowOfGroup),
            categories: rows.column("category").gathered(at: products.firstRowOfGroup))
    }
}
