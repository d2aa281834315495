import Parquet
import Tables

/// Each media's lifetime counters as they stood on one day.
enum FactMedia {
    /// The table.
    static let table = Table(
        name: "fact_media", layer: .silver, partitioning: .extractionDate, grain: "media, day",
        key: ["media_id", "extraction_date"], upsert: Upsert(order: [.column("snapshot_ts")]),
        columns: [
            Column(
                "media_id", .string, from: .subject("media_id"), "The media's hashed id, as it was asked for."
            ),
            Column(
                "load_count", .int64, from: "load_count", unit: "loads", rules: [.atLeast(0)],
                "How often the player was loaded, ever."),
            Column(
                "play_count", .int64, from: "play_count", unit: "plays", rules: [.atLeast(0)],
                "How often the media was played, ever."),
            Column(
                "play_rate", .double, nullable: true, from: .presentMember("play_rate"), unit: "ratio",
                rules: [.within(0...1)],
                "Visitors who played by visitors, 0 to 1; null where the API gives null."),
            Column(
                "hours_watched", .double, from: "hours_watched", unit: "h", rules: [.atLeast(0)],
                "Plays by engagement by duration, which the API computes; it may fall from day to day."),
            Column(
                "engagement", .double, nullable: true, from: .presentMember("engagement"), unit: "ratio",
                rules: [.within(0...1)],
                "The mean share of the media that a play watched, 0 to 1; null where the API gives null."),
            Column(
                "visitors", .int64, from: "visitors", unit: "visitors", rules: [.atLeast(0)],
                "How many people loaded the media, ever."),
            Column("snapshot_ts", .timestampMicroseconds, from: .answeredAt, "When the answer was given."),
            Column("extraction_date", .date, from: .extractionDate, "The UTC date of the run's event."),
        ])

    /// Members that are known and stay in bronze.
    static let ignored = ["actions"]

    /// The counters, for readers of earlier days.
    static let counters = table.only(["media_id", "load_count", "play_count", "visitors", "extraction_date"])
}
