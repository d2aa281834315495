import JSON
import Parquet
import Tables

/// How often each stretch of each media had been watched on one day.
enum FactMediaEngagement {
    /// The table.
    static let table = Table(
        name: "fact_media_engagement", layer: .silver, partitioning: .extractionDate,
        grain: "media, cell, day",
        key: ["media_id", "engagement_idx", "extraction_date"],
        upsert: Upsert(group: ["media_id"], order: [.column("snapshot_ts")]),
        columns: [
            Column(
                "media_id", .string, from: .subject("media_id"), "The media's hashed id, as it was asked for."
            ),
            Column("snapshot_ts", .timestampMicroseconds, from: .answeredAt, "When the answer was given."),
            Column(
                "engagement_idx", .int32, unit: "cell",
                "The cell from 0: a second, or a thousandth of the media where it is longer than 1,000 s."),
            Column(
                "engagement_count", .int64, from: "engagement_data", unit: "plays",
                "How often the cell was watched, ever, rewatches included."),
            Column(
                "rewatch_count", .int64, from: "rewatch_data", unit: "plays",
                "How often the cell was watched again, ever."),
            Column(
                "engagement", .double, nullable: true, from: .presentMember("engagement"), unit: "ratio",
                "The whole media's mean engagement, 0 to 1, on every cell; null where the API gives null."),
            Column("extraction_date", .date, from: .extractionDate, "The UTC date of the run's event."),
        ])

    /// Gathers the cells of some answers; the ledger counts cells.
    struct Builder: RowBuilder {
        private let extractionDate: Int32
        private var intake = RowIntake()
        private var mediaID = ColumnBuilder(.string)
        private var snapshotAt = ColumnBuilder(.timestampMicroseconds)
        private var index = ColumnBuilder(.int32)
        private var count = ColumnBuilder(.int64)
        private var rewatch = ColumnBuilder(.int64)
        private var engagement = ColumnBuilder(.double)
        private var date = ColumnBuilder(.date)

        init(_ context: TypingContext) {
            extractionDate = context.extractionDate
        }

        /// Adds the answer to a request for one media's engagement.
        ///
        /// An answer is taken as a whole or not at all. Without arrays it is one refused row. Where one array lacks a cell, or
        /// a cell is no whole number, all of its cells are refused, and an older answer stays in force: the rest of it would
        /// pass for a shorter media, and a gap for viewers leaving.
        mutating func append(_ answer: JSONValue, from origin: Origin) {
            intake.begin(origin)
            do throws(FieldError) {
                guard let object = answer.object else {
                    throw FieldError("body", "must be an object", found: answer)
                }
                countUnknownFields(of: object)
                guard let media = origin.subject, !media.isEmpty else {
                    throw FieldError("media_id", "must be named by the exchange", found: nil)
                }
                let ratio = try ratio(answer.member("engagement"))
                let watched = try array(answer.member("engagement_data"), "engagement_data")
                let rewatched = try array(answer.member("rewatch_data"), "rewatch_data")
                appendCells(watched, rewatched, of: media, ratio, at: origin.answeredAt)
            } catch {
                intake.found(1)
                intake.reject(0, error)
            }
        }

        mutating func reject(_ error: FieldError, from origin: Origin) { intake.reject(error, from: origin) }

        private mutating func countUnknownFields(of object: JSONObject) {
            for (name, _) in object
            where !Self.members.contains(where: { $0.utf8.elementsEqual(name) }) {
                intake.unknownFields.count(path: "", name: name)
            }
        }

        private static let members = ["engagement", "engagement_data", "rewatch_data"]

        private func ratio(_ value: JSONValue?) throws(FieldError) -> Double? {
            if value?.isNull == true { return nil }
            guard let number = value?.double else {
                throw FieldError("engagement", "must be a number or null", found: value)
            }
            return number
        }

        private func array(_ value: JSONValue?, _ name: String) throws(FieldError) -> JSONArray {
            guard let elements = value?.array else {
                throw FieldError(name, "must be an array", found: value)
            }
            return elements
        }

        private mutating func appendCells(
            _ watched: JSONArray, _ rewatched: JSONArray, of media: String, _ ratio: Double?, at time: Int64
        ) {
            let cellCount = max(watched.count, rewatched.count)
            intake.found(cellCount)
            var counts = watched.makeIterator()
            var rewatches = rewatched.makeIterator()
            var cells: [(count: Int64, rewatch: Int64)] = []
            var errors: [Int: FieldError] = [:]
            for cell in 0..<cellCount {
                let count = counts.next()
                let rewatch = rewatches.next()
                do throws(FieldError) {
                    cells.append(
                        (
                            try Self.number(count, "engagement_data"),
                            try Self.number(rewatch, "rewatch_data")
                        ))
                } catch {
                    errors[cell] = error
                }
            }
            guard errors.isEmpty else { return refuse(watched, cellCount: cellCount, for: errors) }
            for (cell, numbers) in cells.enumerated() {
                mediaID.append(media.utf8)
                snapshotAt.append(time)
                index.append(Int32(cell))
                count.append(numbers.count)
                rewatch.append(numbers.rewatch)
                date.append(extractionDate)
                if let ratio { engagement.append(ratio) } else { engagement.appendNull() }
            }
        }

        /// Refuses all cells of an answer: those that cannot be typed for what they are, the others for being with them.
        private mutating func refuse(_ watched: JSONArray, cellCount: Int, for errors: [Int: FieldError]) {
            guard let (first, cause) = errors.min(by: { $0.key < $1.key }) else { return }
            let reason = "must be in an answer of sound cells only, of which cell \(first) is not"
            var counts = watched.makeIterator()
            for cell in 0..<cellCount {
                let count = counts.next()
                let error = errors[cell]
                intake.reject(
                    cell, error ?? FieldError(cause.field, reason, found: count), isCollateral: cell != first)
            }
        }

        private static func number(_ value: JSONValue?, _ field: String) throws(FieldError) -> Int64 {
            guard let number = value?.int64 else {
                throw FieldError(field, "must have a whole number of 64 bits for each cell", found: value)
            }
            return number
        }

        consuming func finish() -> TypedRows {
            let rowCount = index.count
            return intake.result(
                [
                    mediaID.finish(), snapshotAt.finish(), index.finish(), count.finish(), rewatch.finish(),
                    engagement.finish(), date.finish(),
                ], rowCount: rowCount, of: FactMediaEngagement.table)
        }
    }
}
