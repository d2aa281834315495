import JSON
import Parquet
import TestSupport
import Testing

@testable import Tables
@testable import Wistia

struct FactVisitorsMergeTests {
    static let table = FactVisitors.table
    /// Seconds.
    static let delayMaximum = Int64(FactVisitors.answerDelayMaximumSeconds)

    @Test func `adds, replaces and keeps visitors and counts them`() throws {
        let current = batch([("b", 5, "b5"), ("c", 5, "c5"), ("d", 5, "d5"), ("f", 5, "f5")])
        let incoming = batch([
            ("a", 1, "a1"), ("b", 6, "b6"), ("c", 4, "c4"), ("d", 5, "d5"), ("e", 1, "e1"), ("g", 1, "g1"),
        ])
        let merged = try Self.table.merge(current: current, incoming: incoming)
        #expect(events(merged.batch) == ["a1", "b6", "c5", "d5", "e1", "f5", "g1"])
        #expect((0..<7).map { merged.batch.columns[0].text($0) } == ["a", "b", "c", "d", "e", "f", "g"])
        #expect(merged.newCount == 3)
        #expect(merged.updatedCount == 1)
        #expect(merged.unchangedCount == 2)
    }

    @Test func `starts from nothing and takes in nothing`() throws {
        let some = batch([("a", 1, "a1"), ("b", 2, "b2")])
        let none = batch([])
        #expect(
            try Self.table.merge(current: none, incoming: some)
                == Merged(batch: some, newCount: 2, updatedCount: 0, unchangedCount: 0, displacedCount: 0))
        #expect(
            try Self.table.merge(current: some, incoming: none)
                == Merged(batch: some, newCount: 0, updatedCount: 0, unchangedCount: 0, displacedCount: 0))
        #expect(try Self.table.merge(current: none, incoming: none).batch.rowCount == 0)
    }

    /// Whether the activity was before the first answer, at it, or later than both by a clock's fault.
    @Test(arguments: [0, 10, 9_999], [0, 1, 10])
    func `lets the later answer win, whatever the activity`(active: Int64, lateActive: Int64) throws {
        let early = batch([("a", active, "x")], answeredAt: 10)
        var late = batch([("a", lateActive, "w")], answeredAt: 10 + Self.delayMaximum)
        // A microsecond more.
        late.columns[15] = ColumnVector(.int64([(10 + Self.delayMaximum) * 1_000_000 + 1]))
        #expect(try Self.table.merge(current: early, incoming: late).batch == late)
        #expect(try Self.table.merge(current: late, incoming: early).batch == late)
    }

    @Test(
        arguments: [
            (902, 901, "x"), (901, 902, "w"),
            // The same activity: the answer that came later.
            (901, 901, "w"),
            // No activity since the later answer can have been made.
            (2, 1, "w"), (799, 1, "w"), (800, 1, "x"),
        ] as [(Int64, Int64, String)])
    func `of answers that may have been under way at once the one with the newer activity stays as it is`(
        early: Int64, late: Int64, expected: String
    ) throws {
        let first = batch([("a", early, "x"), ("b", 0, "b")], answeredAt: 1_000)
        let second = batch([("a", late, "w")], answeredAt: 800 + Self.delayMaximum)
        for merged in [
            try Self.table.merge(current: first, incoming: second).batch,
            try Self.table.merge(current: second, incoming: first).batch,
        ] {
            #expect(events(merged) == [expected, "b"])
            let seconds = [expected == "x" ? 1_000 : 800 + Self.delayMaximum, 1_000]
            #expect(merged.columns[15] == ColumnVector(.int64(seconds.map { $0 * 1_000_000 })))
        }
    }

    /// Answers show the list as it was some time before they came, and nobody's activity falls.
    @Test(arguments: 0..<40) func `overlapping answers in any order tell of the newest activity`(seed: Int)
        throws
    {
        var generator = SeededGenerator(state: UInt64(seed))
        let activities = (0..<4).map { _ in
            (0..<3).map { _ in Int64.random(in: 0...2_000, using: &generator) } + [0]
        }
        var newest: [String: (active: Int64, seenAt: Int64)] = [:]
        let batches = (0..<5).map { _ in
            let madeAt = Int64.random(in: 0...2_000, using: &generator)
            let answeredAt = madeAt + Int64.random(in: 0...Self.delayMaximum, using: &generator)
            let keys = zip("abcd".map(String.init), activities).filter { _ in Bool.random(using: &generator) }
            let rows = keys.map { key, activities in
                let active = activities.filter { $0 <= madeAt }.max() ?? 0
                let known = newest[key] ?? (active, answeredAt)
                newest[key] = (max(known.active, active), max(known.seenAt, answeredAt))
                return (key, active, "e\(active)")
            }
            return batch(rows, answeredAt: answeredAt)
        }
        var states: [ColumnBatch] = []
        for _ in 0..<6 {
            var state = batch([])
            for incoming in batches.shuffled(using: &generator) {
                state = try Self.table.merge(current: state, incoming: incoming).batch
            }
            let keys = newest.keys.sorted()
            #expect((0..<state.rowCount).map { state.columns[0].text($0) } == keys)
            #expect(events(state) == keys.map { "e\(newest[$0]?.active ?? -1)" })
            for (key, seenAt) in zip(keys, Self.table.literals(state, "ingested_at")) {
                guard case .integer(let time) = seenAt, let known = newest[key] else { continue }
                #expect(time >= (known.seenAt - Self.delayMaximum) * 1_000_000)
                #expect(time <= known.seenAt * 1_000_000)
            }
            states.append(state)
        }
        #expect(states.allSatisfy { $0 == states[0] })
    }

    /// A visitor who was active at midnight, in three answers at 2:00, 2:10 and 2:20.
    ///
    /// The rule before, of two answers within 15 minutes the greater by activity and then by the other columns, was no order:
    /// A before B before C, and C before A. It gave 3 loads for A, B, C and 2 for A, C, B.
    @Test func `gives the newest of three answers ten minutes apart, in whatever order they come`() throws {
        let answers = [(7_200, 3), (7_800, 2), (8_400, 1)].map { (answeredAt: Int64, loads: Int64) in
            var batch = batch([("v", 0, "e")], answeredAt: answeredAt)
            batch.columns[4] = ColumnVector(.int64([loads]))
            return batch
        }
        /// What stood there before: the later answer where they are more than 15 minutes apart, else the greater.
        func formerly(_ left: (at: Int64, loads: Int64), _ right: (at: Int64, loads: Int64)) -> (
            at: Int64, loads: Int64
        ) {
            if abs(left.at - right.at) > Self.delayMaximum { return left.at > right.at ? left : right }
            return (max(left.at, right.at), max(left.loads, right.loads))
        }
        let (a, b, c) = (
            (at: Int64(7_200), loads: Int64(3)), (at: Int64(7_800), loads: Int64(2)),
            (at: Int64(8_400), loads: Int64(1))
        )
        #expect(formerly(formerly(a, b), c).loads == 3)
        #expect(formerly(formerly(a, c), b).loads == 2)

        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            var state = batch([])
            for index in order {
                state = try Self.table.merge(current: state, incoming: answers[index]).batch
            }
            #expect(state == answers[2])
        }
    }

    @Test func `counts a row as unchanged only when every column is the same`() throws {
        for (vector, column) in zip(full().columns, Self.table.columns).dropFirst() {
            let other = changed(vector)
            var incoming = full()
            let position = Self.table.index(of: column.name)
            incoming.columns[position] = other
            let forth = try Self.table.merge(current: full(), incoming: incoming)
            let back = try Self.table.merge(current: incoming, incoming: full())
            #expect(forth.batch == incoming, "\(column.name)")
            #expect(back.batch == incoming, "\(column.name)")
            #expect([forth.updatedCount, forth.unchangedCount] == [1, 0], "\(column.name)")
            #expect([back.updatedCount, back.unchangedCount] == [0, 1], "\(column.name)")
        }
        #expect(try Self.table.merge(current: full(), incoming: full()).unchangedCount == 1)
    }

    @Test func `puts null before any value`() throws {
        for (position, column) in Self.table.columns.enumerated() where column.isNullable {
            var missing = full()
            missing.columns[position].validity = [false]
            #expect(
                try Self.table.merge(current: missing, incoming: full()).updatedCount == 1, "\(column.name)"
            )
            #expect(
                try Self.table.merge(current: full(), incoming: missing).unchangedCount == 1,
                "\(column.name)")
        }
    }

    @Test(arguments: 0..<40) func `keeps what a list of the greatest rows would keep`(seed: Int) throws {
        var generator = SeededGenerator(state: UInt64(seed))
        let (a, b) = (
            MergeLawsTests.batch(of: Self.table, &generator), MergeLawsTests.batch(of: Self.table, &generator)
        )
        var expected: [String: [String]] = [:]
        for batch in [a, b] {
            let times = zip(
                Self.table.literals(batch, "last_active_at"), Self.table.literals(batch, "ingested_at"))
            for (row, (active, ingested)) in times.enumerated() {
                guard case .integer(let active) = active, case .integer(let ingested) = ingested else {
                    continue
                }
                let moment = min(max(active, ingested - Self.delayMaximum * 1_000_000), ingested)
                let values = batch.columns.map { $0.text(row) }
                let others = batch.columns.enumerated().filter { ![0, 2, 15].contains($0.offset) }
                    .map { MergeLawsTests.sortable($0.element, row) }
                let times = [moment, active, ingested].map { MergeLawsTests.sortable($0) }
                let rank = times + others + values
                if let known = expected[values[0]], !known.lexicographicallyPrecedes(rank) { continue }
                expected[values[0]] = rank
            }
        }
        let merged = try Self.table.merge(current: a, incoming: b).batch
        #expect(
            merged.lines
                == expected.keys.sorted().map { (expected[$0] ?? []).suffix(16).joined(separator: "|") })
    }

    /// Times close to the bounds, so that answers which lost had come after one and those that won before it.
    @Test(arguments: 0..<200) func `leaving out who was not seen since may come at any time`(seed: Int) throws
    {
        var generator = SeededGenerator(state: UInt64(seed))
        let batches = (0..<4).map { _ in MergeLawsTests.batch(of: Self.table, &generator) }
        let bounds = (0..<3).map { _ in Int64.random(in: 0...8, using: &generator) * 450_000_000 }.sorted()
        func state(_ order: [Int], leavingOut: Bool) throws -> ColumnBatch {
            var state = batch([])
            for (step, index) in order.enumerated() {
                let before = state.rowCount
                let merged = try Self.table.merge(current: state, incoming: batches[index])
                guard leavingOut || step == 3 else {
                    state = merged.batch
                    continue
                }
                let seen = Self.table.seen(since: bounds[max(0, step - 1)], in: merged.batch)
                #expect(seen.batch.rowCount == before + merged.newCount - seen.deletedCount)
                state = seen.batch
            }
            return state
        }
        let expected = try state([0, 1, 2, 3], leavingOut: false)
        for _ in 0..<6 {
            #expect(try state([0, 1, 2, 3].shuffled(using: &generator), leavingOut: true) == expected)
        }
    }

    @Test(arguments: 0..<100) func `nobody whom an answer since the bound shows is left out`(seed: Int) throws
    {
        var generator = SeededGenerator(state: UInt64(seed))
        let batches = (0..<3).map { _ in MergeLawsTests.batch(of: Self.table, &generator) }
        let bound = Int64.random(in: 0...8, using: &generator) * 450_000_000
        var state = batch([])
        var shown: Set<String> = []
        var shownShortlyBefore: Set<String> = []
        for batch in batches {
            state = try Self.table.merge(current: state, incoming: batch).batch
            for row in Self.table.literals(batch, ["visitor_key", "ingested_at"]) {
                guard case .string(let key) = row[0], case .integer(let time) = row[1] else { continue }
                if time >= bound { shown.insert(key) }
                if time >= bound - Self.delayMaximum * 1_000_000 { shownShortlyBefore.insert(key) }
            }
        }
        let seen = Self.table.seen(since: bound, in: state).batch
        let kept = Set((0..<seen.rowCount).map { seen.columns[0].text($0) })
        #expect(kept.isSuperset(of: shown))
        #expect(kept.isSubset(of: shownShortlyBefore))
    }

    @Test(
        arguments: [
            (nil, "a b c d"), (Int64.min, "a b c d"), (1, "a b c d"), (2, "b c d"), (3, "c"), (4, ""),
        ] as [(Int64?, String)])
    func `keeps who was seen at the bound or later`(bound: Int64?, expected: String) throws {
        var state = batch([])
        for (key, seenAt) in [("a", 1), ("b", 2), ("c", 3), ("d", 2)] as [(String, Int64)] {
            state = try Self.table.merge(
                current: state, incoming: batch([(key, -9_000, key)], answeredAt: seenAt)
            ).batch
        }
        let seen = Self.table.seen(since: bound.map { $0 == .min ? $0 : $0 * 1_000_000 }, in: state)
        #expect(events(seen.batch).joined(separator: " ") == expected)
        #expect(seen.deletedCount == 4 - events(seen.batch).count)
        #expect(seen.batch.columns.allSatisfy { $0.count == seen.batch.rowCount })
    }

    /// An answer of the time since may have lost against the one that stays, which shows the activity.
    @Test(arguments: [(2_899, ["a"]), (2_900, ["a"]), (2_901, [])] as [(Int64, [String])])
    func `keeps who was active so shortly before the bound that a later answer may have lost`(
        bound: Int64, expected: [String]
    ) {
        let state = batch([("a", 2_000, "a")], answeredAt: 2_100)
        #expect(events(Self.table.seen(since: bound * 1_000_000, in: state).batch) == expected)
    }

    @Test(
        arguments: [
            (10_000, nil, ["a", "b"]), (10_001, nil, ["a"]), (12_001, nil, []), (10_001, 2_100, ["a"]),
            (10_001, 2_101, []),
        ] as [(Int64, Int64?, [String])])
    func `keeps who was shown since in a row that cannot be typed, unless that lasts too long`(
        bound: Int64, sightedSince: Int64?, expected: [String]
    ) {
        let state = batch([("a", 2_000, "a"), ("b", 2_000, "b")], answeredAt: 2_100)
        var sightings = Sightings()
        sightings.note("a", at: 12_000_000_000)
        sightings.note("b", at: 10_000_000_000)
        let seen = Self.table.seen(
            since: bound * 1_000_000, sightings: sightings,
            sightedSince: sightedSince.map { $0 * 1_000_000 }, in: state)
        #expect(events(seen.batch) == expected)
        #expect(seen.deletedCount == 2 - expected.count)
    }

    @Test func `refuses rows that are out of order or twice there`() {
        let sorted = batch([("a", 1, "x"), ("b", 1, "x")])
        func reordered(_ rows: [String]) -> ColumnBatch {
            var wrong = sorted
            var keys = ByteColumn()
            for key in rows { keys.append(key.utf8) }
            wrong.columns[0] = ColumnVector(.bytes(keys))
            return wrong
        }
        #expect(throws: UpsertError.order(table: "fact_visitors", side: "current", row: 1)) {
            try Self.table.merge(current: reordered(["b", "a"]), incoming: sorted)
        }
        let error = #expect(throws: UpsertError.self) {
            try Self.table.merge(current: sorted, incoming: reordered(["a", "a"]))
        }
        #expect(
            error?.description
                == "merge fact_visitors failed: the incoming rows are not in strict order of the key at row 1;"
                + " reprocess the source")
    }

    @Test func `refuses other columns than the table's`() {
        let good = batch([("a", 1, "x")])
        var narrow = good
        narrow.columns.removeLast()
        var typed = good
        typed.columns[4] = ColumnVector(.int32([1]))
        for bad in [narrow, typed] {
            let error = #expect(throws: UpsertError.self) {
                try Self.table.merge(current: bad, incoming: good)
            }
            #expect(
                error?.description
                    == "merge fact_visitors failed: the current rows do not have the table's columns; reprocess the source"
            )
        }
    }

    /// One row a key that ascends, times in seconds; the event tells rows apart.
    private func batch(_ rows: [(key: String, active: Int64, event: String)], answeredAt: Int64 = 60)
        -> ColumnBatch
    {
        Self.table.make(
            ["visitor_key", "last_active_at", "last_event_key", "ingested_at"],
            rows.map {
                [
                    .string($0.key), .integer($0.active * 1_000_000), .string($0.event),
                    .integer(answeredAt * 1_000_000),
                ]
            })
    }

    private func events(_ batch: ColumnBatch) -> [String] {
        (0..<batch.rowCount).map { batch.columns[3].text($0) }
    }

    /// One visitor with a value in every column.
    private func full() -> ColumnBatch {
        let identity = #"{"name":"Ann","email":"a@b.example","org":{"name":"Lemons","title":"Boss"}}"#
        let row = FactVisitorsTests.visitor(with: ["identifying_event_key": "\"i\""], identity: identity)
        return build(Self.table, [(row, makeOrigin())]).batch
    }

    /// The next greater value.
    private func changed(_ vector: ColumnVector) -> ColumnVector {
        switch vector.values {
        case .boolean: return ColumnVector(.boolean([true]))
        case .int64(let slots): return ColumnVector(.int64([slots[0] + 1]))
        case .bytes(let slots):
            var next = ByteColumn()
            next.append(slots.bytes + [0x21])
            return ColumnVector(.bytes(next))
        default: return vector
        }
    }
}
