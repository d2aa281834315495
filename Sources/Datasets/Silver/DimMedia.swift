public import JSON
import Parquet

/// The account's media as the list shows them on one day.
public enum DimMedia {
    /// The table.
    public static let table = Table(
        name: "dim_media", layer: .silver, partitioning: .daily, grain: "media, day",
        key: ["media_id", "extraction_date"],
        columns: [
            Column("media_id", .string, "The media's hashed id."),
            Column("title", .string, "The media's name."),
            Column(
                "url", .string, nullable: true,
                "Where the media can be watched: v1's share_link; null where the API has none."),
            Column("created_at", .timestampMicroseconds, "When the media was made."),
            Column("updated_at", .timestampMicroseconds, "When the media was last changed."),
            Column(
                "duration_seconds", .double, nullable: true, unit: "s",
                "How long the media plays; null for kinds without a duration and before processing is done."),
            Column(
                "type", .string,
                "Video, Audio, Image, PdfDocument, MicrosoftOfficeDocument, Swf or UnknownType."),
            Column(
                "status", .string, nullable: true,
                "queued, processing, ready or failed; null where the API leaves it out."),
            Column(
                "archived", .boolean, nullable: true,
                "Whether the media is archived; null where the API leaves it out."),
            Column(
                "project", .string, nullable: true,
                "The name of the project (v1) or folder that holds the media; null for none."),
            Column("extraction_date", .date, "The UTC date of the run's event."),
        ])

    /// What is read, in the order of the shape.
    private enum Member: Int {
        case hashedID, name, shareLink, created, updated, duration, type, status, archived, project, folder
    }

    /// What is read, in the order of the shape.
    private enum FolderMember: Int {
        case name
    }

    /// Gathers one day's media from the exchanges of all of its runs.
    public struct Builder: Sendable {
        private static let shape = ObjectShape(
            reads: [
                "hashed_id", "name", "share_link", "created", "updated", "duration", "type", "status",
                "archived", "project",
                "folder",
            ],
            knows: [
                "id", "description", "progress", "section", "thumbnail", "protected", "subfolder", "tags",
                "assets",
                "embedCode", "cursor",
            ])
        private static let projectShape = ObjectShape(
            path: "project.", reads: ["name"], knows: ["id", "hashed_id", "hashedId"])
        private static let folderShape = ObjectShape(
            path: "folder.", reads: ["name"], knows: ["id", "hashed_id"])

        private let extractionDate: Int32
        private var intake = Intake()
        private var rows = Rows()

        /// Starts with no rows.
        ///
        /// - Parameter extractionDate: Days since 1970-01-01.
        public init(extractionDate: Int32) {
            self.extractionDate = extractionDate
        }

        /// Adds the answer to a request for media.
        ///
        /// - Parameters:
        ///   - body: A page of the list, or one media.
        ///   - exchange: Where it came from.
        public mutating func append(_ body: JSONValue, from exchange: Exchange) {
            intake.begin(exchange)
            intake.forEachRow(of: body) { (object, unknown) throws(FieldError) in
                let fields: Fields<Member, 11> = Self.shape.scan(object, unknownFields: &unknown)
                let project = try Self.name(of: fields.optionalObject(.project), Self.projectShape, &unknown)
                let folder = try Self.name(of: fields.optionalObject(.folder), Self.folderShape, &unknown)
                try rows.append(fields, project: project ?? folder)
            }
        }

        private static func name(
            of object: JSONObject?, _ shape: ObjectShape, _ unknown: inout UnknownFields
        ) throws(FieldError) -> UnsafeBufferPointer<UInt8>? {
            guard let object else { return nil }
            let fields: Fields<FolderMember, 1> = shape.scan(object, unknownFields: &unknown)
            return try fields.optionalString(.name)
        }

        /// The day's rows: per media those of the newest exchange by (fetched_at, run_id, page, index), sorted by media_id.
        public consuming func finish() -> SilverRows {
            let rowNumbers = intake.newestRows(keys: rows.mediaID)
            return intake.result(
                ColumnBatch(
                    [
                        ColumnVector(.bytes(rows.mediaID)), ColumnVector(.bytes(rows.title)), rows.url.vector,
                        ColumnVector(.int64(rows.createdAt)), ColumnVector(.int64(rows.updatedAt)),
                        ColumnVector(.double(rows.duration.values), validity: rows.duration.validityIfAny),
                        ColumnVector(.bytes(rows.type)), rows.status.vector,
                        ColumnVector(.boolean(rows.archived.values), validity: rows.archived.validityIfAny),
                        rows.project.vector,
                        ColumnVector(.int32([Int32](repeating: extractionDate, count: rows.createdAt.count))),
                    ], rows: rowNumbers.kept), duplicateCount: rowNumbers.dropped.count)
        }
    }

    /// Columns that rows are appended to.
    private struct Rows {
        var mediaID = ByteColumn()
        var title = ByteColumn()
        var url = NullableBytes()
        var createdAt: [Int64] = []
        var updatedAt: [Int64] = []
        var duration = Nullable<Double>(null: 0)
        var type = ByteColumn()
        var status = NullableBytes()
        var archived = Nullable<Bool>(null: false)
        var project = NullableBytes()

        mutating func append(_ fields: Fields<Member, 11>, project: UnsafeBufferPointer<UInt8>?)
            throws(FieldError)
        {
            let mediaID = try fields.string(.hashedID)
            let title = try fields.string(.name)
            let url = try fields.optionalString(.shareLink)
            let createdAt = try fields.timestamp(.created)
            let updatedAt = try fields.timestamp(.updated)
            let duration = try fields.optionalDouble(.duration)
            let type = try fields.string(.type)
            let status = try fields.optionalString(.status)
            let archived = try fields.optionalBool(.archived)
            self.mediaID.append(mediaID)
            self.title.append(title)
            self.url.append(url)
            self.createdAt.append(createdAt)
            self.updatedAt.append(updatedAt)
            self.duration.append(duration)
            self.type.append(type)
            self.status.append(status)
            self.archived.append(archived)
            self.project.append(project)
        }
    }
}
