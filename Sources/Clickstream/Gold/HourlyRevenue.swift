import Parquet
import Tables

/// What was sold in each hour of a day; hours without events have no row.
enum HourlyRevenue {
    static let table = Table(
        name: "hourly_revenue", layer: .gold, partitioning: .eventTime(column: "event_at", minutes: 1_440),
        grain: "hour", key: ["event_hour"],
        columns: [
            Column("event_hour", .int32, unit: "hour 0…23", "The hour of the day, UTC."),
            Column("purchases", .int64, unit: "events", "Purchases."),
            Column("units", .int64, unit: "pieces", "Pieces that were bought."),
            Column(
                "revenue", .decimal(precision: 18, scale: 4, storage: .int64), unit: "the shop's currency",
                "Price times quantity."),
            Column(
                "average_order_value", .double, nullable: true, unit: "the shop's currency per purchase",
                "Revenue per purchase; null without a purchase."),
        ])

    /// Makes the rows of those of ``ProductHourly``, by hour.
    static func make(hours: [(number: Int, rows: ColumnBatch)]) -> ColumnBatch {
        let hours = hours.filter { $0.rows.rowCount > 0 }
        func sums(_ name: String) -> [Int64] {
            hours.map { hour in
                let values = BatchView(hour.rows, as: ProductHourly.table).integers(name).values
                let sum = values.reduce(Int128(0)) { $0 + Int128($1) }
                return Int64(clamping: min(sum, ProductCounts.decimalMaximum))
            }
        }
        let (purchases, revenue) = (sums("purchases"), sums("revenue"))
        var averages = ColumnBuilder(.double)
        for (purchases, revenue) in zip(purchases, revenue) {
            averages.append(purchases > 0 ? Double(revenue) / 10_000 / Double(purchases) : nil)
        }
        return ColumnBatch(
            rowCount: hours.count,
            columns: [
                ColumnVector(.int32(hours.map { Int32($0.number) })), ColumnVector(.int64(purchases)),
                ColumnVector(.int64(sums("units"))), ColumnVector(.int64(revenue)), averages.finish(),
            ])
    }
}
