public import JSON
import Parquet

/// How often each stretch of each media had been watched on one day.
public enum FactMediaEngagement {
    /// The table.
    public static let table = Table(
        name: "fact_media_engagement", layer: .silver, partitioning: .daily, grain: "media, cell, day",
        key: ["media_id", "engagement_idx", "extraction_date"],
        columns: [
            Column("media_id", .string, "The media's hashed id, as it was asked for."),
            Column("snapshot_ts", .timestampMicroseconds, "When the answer had arrived."),
            Column(
                "engagement_idx", .int32, unit: "cell",
                "The cell from 0: a second, or a thousandth of the media where it is longer than 1,000 s."),
            Column(
                "engagement_count", .int64, unit: "plays",
                "How often the cell was watched, ever, rewatches included."),
            Column("rewatch_count", .int64, unit: "plays", "How often the cell was watched again, ever."),
            Column(
                "engagement", .double, nullable: true, unit: "ratio",
                "The whole media's mean engagement, 0 to 1, on every cell; null where the API gives null."),
            Column("extraction_date", .date, "The UTC date of the run's event."),
        ])

    /// What is read, in the order of the shape.
    private enum Member: Int {
        case engagement, engagementData, rewatchData
    }

    /// Gathers one day's cells from the exchanges of all of its runs; the ledger counts cells.
    public struct Builder: Sendable {
        private static let shape = ObjectShape(reads: ["engagement", "engagement_data", "rewatch_data"])

        private let extractionDate: Int32
        private var intake = Intake()
        private var answers = Answers()
        private var cells = Cells()

        /// Starts with no cells.
        ///
        /// - Parameter extractionDate: Days since 1970-01-01.
        public init(extractionDate: Int32) {
            self.extractionDate = extractionDate
        }

        /// Adds the answer to a request for one media's engagement.
        ///
        /// An answer is taken as a whole or not at all. Without arrays it is one refused row. Where one array lacks a cell, or
        /// a cell is no whole number, all of its cells are refused, and an older answer stays in force: the rest of it would
        /// pass for a shorter media, and a gap for viewers leaving.
        ///
        /// - Parameters:
        ///   - body: The engagement, which does not name the media.
        ///   - exchange: Where it came from; without a media id the answer is refused.
        public mutating func append(_ body: JSONValue, from exchange: Exchange) {
            intake.begin(exchange)
            do throws(FieldError) {
                guard let object = body.object else {
                    throw FieldError("body", "must be an object", found: body)
                }
                let fields: Fields<Member, 3> = Self.shape.scan(object, unknownFields: &intake.unknownFields)
                let mediaID = try exchange.requiredMediaID()
                let engagement = try fields.doubleOrNull(.engagement)
                let watched = try fields.array(.engagementData)
                let rewatched = try fields.array(.rewatchData)
                appendCells(watched, rewatched, of: mediaID, engagement)
            } catch {
                intake.found(1)
                intake.reject(0, error)
            }
        }

        private mutating func appendCells(
            _ watched: JSONArray, _ rewatched: JSONArray, of mediaID: String, _ engagement: Double?
        ) {
            let start = cells.index.count
            let cellCount = max(watched.count, rewatched.count)
            intake.found(cellCount)
            var counts = watched.makeIterator()
            var rewatches = rewatched.makeIterator()
            var errors: [Int: FieldError] = [:]
            for cell in 0..<cellCount {
                let count = counts.next()
                let rewatch = rewatches.next()
                do throws(FieldError) {
                    let count = try Self.number(count, "engagement_data")
                    let rewatch = try Self.number(rewatch, "rewatch_data")
                    cells.index.append(Int32(cell))
                    cells.count.append(count)
                    cells.rewatch.append(rewatch)
                } catch {
                    errors[cell] = error
                }
            }
            guard errors.isEmpty else {
                cells.removeAll(from: start)
                return refuse(watched, cellCount: cellCount, for: errors)
            }
            answers.mediaID.append(mediaID.utf8)
            answers.engagement.append(engagement)
            answers.exchange.append(Int32(intake.exchanges.count - 1))
            answers.cells.append(start..<cells.index.count)
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

        /// The day's cells: per media all those of the newest sound answer by (fetched_at, run_id), sorted by media_id and cell.
        public consuming func finish() -> SilverRows {
            let ranks = intake.ranks()
            let exchanges = answers.exchange
            let (kept, dropped) = KeyOrder.lastOfEachKey(answers.mediaID) { left, right in
                let (left, right) = (ranks[Int(exchanges[left])], ranks[Int(exchanges[right])])
                return (left.time, left.place) < (right.time, right.place)
            }
            let ranges = kept.map { RowRange(source: 0, rows: answers.cells[Int($0)]) }
            var mediaID = ByteColumn()
            var snapshotAt: [Int64] = []
            var engagement = Nullable<Double>(null: 0)
            for answer in kept.map(Int.init) {
                let fetchedAt = intake.exchanges[Int(exchanges[answer])].fetchedAt
                let name = answers.mediaID.bytes[answers.mediaID.range(answer)]
                let ratio = answers.engagement.validity[answer] ? answers.engagement.values[answer] : nil
                for _ in answers.cells[answer] {
                    mediaID.append(name)
                    snapshotAt.append(fetchedAt)
                    engagement.append(ratio)
                }
            }
            return intake.result(
                ColumnBatch(
                    rowCount: snapshotAt.count,
                    columns: [
                        ColumnVector(.bytes(mediaID)), ColumnVector(.int64(snapshotAt)),
                        .copying(ranges, from: [ColumnVector(.int32(cells.index))]),
                        .copying(ranges, from: [ColumnVector(.int64(cells.count))]),
                        .copying(ranges, from: [ColumnVector(.int64(cells.rewatch))]),
                        ColumnVector(.double(engagement.values), validity: engagement.validityIfAny),
                        ColumnVector(.int32([Int32](repeating: extractionDate, count: snapshotAt.count))),
                    ]),
                duplicateCount: dropped.reduce(0) { $0 + answers.cells[Int($1)].count })
        }
    }

    /// One element an answer that is taken.
    private struct Answers {
        var mediaID = ByteColumn()
        var engagement = Nullable<Double>(null: 0)
        var exchange: [Int32] = []
        var cells: [Range<Int>] = []
    }

    /// One element a cell of any exchange.
    private struct Cells {
        var index: [Int32] = []
        var count: [Int64] = []
        var rewatch: [Int64] = []

        mutating func removeAll(from start: Int) {
            index.removeSubrange(start...)
            count.removeSubrange(start...)
            rewatch.removeSubrange(start...)
        }
    }
}
