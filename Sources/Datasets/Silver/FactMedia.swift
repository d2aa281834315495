public import JSON
import Parquet

/// Each media's lifetime counters as they stood on one day.
public enum FactMedia {
    /// The table.
    public static let table = Table(
        name: "fact_media", layer: .silver, partitioning: .daily, grain: "media, day",
        key: ["media_id", "extraction_date"],
        columns: [
            Column("media_id", .string, "The media's hashed id, as it was asked for."),
            Column("load_count", .int64, unit: "loads", "How often the player was loaded, ever."),
            Column("play_count", .int64, unit: "plays", "How often the media was played, ever."),
            Column(
                "play_rate", .double, nullable: true, unit: "ratio",
                "Visitors who played by visitors, 0 to 1; null where the API gives null."),
            Column(
                "hours_watched", .double, unit: "h",
                "Plays by engagement by duration, which the API computes; it may fall from day to day."),
            Column(
                "engagement", .double, nullable: true, unit: "ratio",
                "The mean share of the media that a play watched, 0 to 1; null where the API gives null."),
            Column("visitors", .int64, unit: "visitors", "How many people loaded the media, ever."),
            Column("snapshot_ts", .timestampMicroseconds, "When the answer had arrived."),
            Column("extraction_date", .date, "The UTC date of the run's event."),
        ])

    /// What is read, in the order of the shape.
    private enum Member: Int {
        case loadCount, playCount, playRate, hoursWatched, engagement, visitors
    }

    /// Gathers one day's counters from the exchanges of all of its runs.
    public struct Builder: Sendable {
        private static let shape = ObjectShape(
            reads: ["load_count", "play_count", "play_rate", "hours_watched", "engagement", "visitors"],
            knows: ["actions"])

        private let extractionDate: Int32
        private var intake = Intake()
        private var rows = Rows()

        /// Starts with no rows.
        ///
        /// - Parameter extractionDate: Days since 1970-01-01.
        public init(extractionDate: Int32) {
            self.extractionDate = extractionDate
        }

        /// Adds the answer to a request for one media's statistics.
        ///
        /// - Parameters:
        ///   - body: The statistics, which do not name the media.
        ///   - exchange: Where it came from; without a media id the answer is refused.
        public mutating func append(_ body: JSONValue, from exchange: Exchange) {
            intake.begin(exchange)
            intake.row(0, body) { (object, unknown) throws(FieldError) in
                let fields: Fields<Member, 6> = Self.shape.scan(object, unknownFields: &unknown)
                try rows.append(fields, from: exchange)
            }
        }

        /// The day's rows: per media that of the newest exchange by (fetched_at, run_id), sorted by media_id.
        public consuming func finish() -> SilverRows {
            let rowNumbers = intake.newestRows(keys: rows.mediaID)
            return intake.result(
                ColumnBatch(
                    [
                        ColumnVector(.bytes(rows.mediaID)), ColumnVector(.int64(rows.loadCount)),
                        ColumnVector(.int64(rows.playCount)),
                        ColumnVector(.double(rows.playRate.values), validity: rows.playRate.validityIfAny),
                        ColumnVector(.double(rows.hoursWatched)),
                        ColumnVector(
                            .double(rows.engagement.values), validity: rows.engagement.validityIfAny),
                        ColumnVector(.int64(rows.visitors)), ColumnVector(.int64(rows.snapshotAt)),
                        ColumnVector(.int32([Int32](repeating: extractionDate, count: rows.visitors.count))),
                    ], rows: rowNumbers.kept), duplicateCount: rowNumbers.dropped.count)
        }
    }

    /// Columns that rows are appended to.
    private struct Rows {
        var mediaID = ByteColumn()
        var loadCount: [Int64] = []
        var playCount: [Int64] = []
        var playRate = Nullable<Double>(null: 0)
        var hoursWatched: [Double] = []
        var engagement = Nullable<Double>(null: 0)
        var visitors: [Int64] = []
        var snapshotAt: [Int64] = []

        mutating func append(_ fields: Fields<Member, 6>, from exchange: Exchange) throws(FieldError) {
            let mediaID = try exchange.requiredMediaID()
            let loadCount = try fields.int64(.loadCount)
            let playCount = try fields.int64(.playCount)
            let playRate = try fields.doubleOrNull(.playRate)
            let hoursWatched = try fields.double(.hoursWatched)
            let engagement = try fields.doubleOrNull(.engagement)
            let visitors = try fields.int64(.visitors)
            self.mediaID.append(mediaID.utf8)
            self.loadCount.append(loadCount)
            self.playCount.append(playCount)
            self.playRate.append(playRate)
            self.hoursWatched.append(hoursWatched)
            self.engagement.append(engagement)
            self.visitors.append(visitors)
            snapshotAt.append(exchange.fetchedAt)
        }
    }
}

extension Exchange {
    /// The media that was asked about, which the answer does not repeat.
    func requiredMediaID() throws(FieldError) -> String {
        guard let mediaID, !mediaID.isEmpty else {
            throw FieldError("media_id", "must be named by the exchange", found: nil)
        }
        return mediaID
    }
}
