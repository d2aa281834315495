import Tables

/// What was done with each product in each hour; the tables of a day follow from it.
enum ProductHourly {
    static let table = Table(
        name: "product_hourly", layer: .gold, partitioning: .eventTime(column: "event_at", minutes: 60),
        grain: "product, category, hour", key: ["product_id", "category"], columns: ProductCounts.columns)
}
