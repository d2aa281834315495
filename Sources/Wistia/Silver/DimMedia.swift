import Parquet
import Tables

/// The account's media as the list shows them on one day.
enum DimMedia {
    /// The table.
    static let table = Table(
        name: "dim_media", layer: .silver, partitioning: .extractionDate, grain: "media, day",
        key: ["media_id", "extraction_date"], upsert: Upsert(order: [.column("snapshot_ts")]),
        columns: [
            Column("media_id", .string, from: "hashed_id", "The media's hashed id."),
            Column("title", .string, from: "name", "The media's name."),
            Column(
                "url", .string, nullable: true, from: "share_link",
                "Where the media can be watched: v1's share_link; null where the API has none."),
            Column("created_at", .timestampMicroseconds, from: "created", "When the media was made."),
            Column("updated_at", .timestampMicroseconds, from: "updated", "When the media was last changed."),
            Column(
                "duration_seconds", .double, nullable: true, from: "duration", unit: "s",
                rules: [.atLeast(0)],
                "How long the media plays; null for kinds without a duration and before processing is done."),
            Column(
                "type", .string, from: "type",
                "Video, Audio, Image, PdfDocument, MicrosoftOfficeDocument, Swf or UnknownType."),
            Column(
                "status", .string, nullable: true, from: "status",
                "queued, processing, ready or failed; null where the API leaves it out."),
            Column(
                "archived", .boolean, nullable: true, from: "archived",
                "Whether the media is archived; null where the API leaves it out."),
            Column(
                "project", .string, nullable: true, from: .firstMember(["project.name", "folder.name"]),
                "The name of the project (v1) or folder that holds the media; null for none."),
            Column(
                "snapshot_ts", .timestampMicroseconds, nullable: true, from: .answeredAt,
                "When the answer was given; null in rows of releases that did not keep it."),
            Column("extraction_date", .date, from: .extractionDate, "The UTC date of the run's event."),
        ])

    /// Members that are known and stay in bronze.
    static let ignored = [
        "id", "description", "progress", "section", "thumbnail", "protected", "subfolder", "tags", "assets",
        "embedCode", "cursor", "project.id", "project.hashed_id", "project.hashedId", "folder.id",
        "folder.hashed_id",
    ]
}
