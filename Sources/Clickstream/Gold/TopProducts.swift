import Parquet
import Tables

/// The products of a day whose pages were viewed most often.
enum TopProducts {
    static let rankCount = 10

    static let table = Table(
        name: "top_products", layer: .gold, partitioning: .eventTime(column: "event_at", minutes: 1_440),
        grain: "rank, day", key: ["rank"],
        columns: [
            Column(
                "rank", .int32, unit: "rank 1…\(rankCount)", "1 for the most views; ties rank by product_id."),
            Column("product_id", .string, "The product."),
            Column("category", .string, nullable: true, "Its category; null without one."),
            Column("views", .int64, unit: "events", "Views of its page."),
        ])

    /// Makes the rows of a day's sum of ``ProductHourly``.
    static func make(products: ColumnBatch) -> ColumnBatch {
        let rows = BatchView(ConversionFunnel.make(products: products), as: ConversionFunnel.table)
        let views = rows.integers("views").values
        let ranked = (0..<rows.rowCount).filter { views[$0] > 0 }
            // Rows are sorted by product.
            .sorted { views[$0] != views[$1] ? views[$0] > views[$1] : $0 < $1 }.prefix(rankCount)
        return ColumnBatch(
            rowCount: ranked.count,
            columns: [ColumnVector(.int32(ranked.indices.map { Int32($0) + 1 }))]
                + ["product_id", "category", "views"].map { rows.column($0).gathered(at: Array(ranked)) })
    }
}
