import Datasets
import JSON
import Parquet
import Testing

struct SilverMergeTests {
    typealias Visitors = SilverFactVisitorsTests
    /// Microseconds.
    static let delayMaximum = Int64(FactVisitors.answerDelayMaximumSeconds) * 1_000_000

    @Test func `adds, replaces and keeps visitors and counts them`() throws {
        let current = batch([("b", 5, "b5"), ("c", 5, "c5"), ("d", 5, "d5"), ("f", 5, "f5")])
        let incoming = batch([
            ("a", 1, "a1"), ("b", 6, "b6"), ("c", 4, "c4"), ("d", 5, "d5"), ("e", 1, "e1"), ("g", 1, "g1"),
        ])
        let merged = try FactVisitors.merge(current: current, incoming: incoming)
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
            try FactVisitors.merge(current: none, incoming: some)
                == FactVisitors.Merged(batch: some, newCount: 2, updatedCount: 0, unchangedCount: 0))
        #expect(
            try FactVisitors.merge(current: some, incoming: none)
                == FactVisitors.Merged(batch: some, newCount: 0, updatedCount: 0, unchangedCount: 0))
        #expect(try FactVisitors.merge(current: none, incoming: none).batch.rowCount == 0)
    }

    @Test(arguments: [0, 1, 2]) func `lets the later answer win, whatever the activity`(active: Int) throws {
        let early = batch([("a", active, "x")], fetchedAt: 10)
        let late = batch([("a", 1, "w")], fetchedAt: 10 + Self.delayMaximum + 1)
        #expect(try FactVisitors.merge(current: early, incoming: late).batch == late)
        #expect(try FactVisitors.merge(current: late, incoming: early).batch == late)
    }

    @Test(arguments: [(2, 1, "x"), (1, 2, "w"), (1, 1, "x")])
    func
        `of answers that may have been under way at once the newer activity stays, and when it was last seen`(
            early: Int, late: Int, expected: String
        ) throws
    {
        let first = batch([("a", early, "x"), ("b", 0, "b")], fetchedAt: 10)
        let second = batch([("a", late, "w")], fetchedAt: 10 + Self.delayMaximum)
        for merged in [
            try FactVisitors.merge(current: first, incoming: second).batch,
            try FactVisitors.merge(current: second, incoming: first).batch,
        ] {
            #expect(events(merged) == [expected, "b"])
            #expect(merged.columns[15] == ColumnVector(.int64([10 + Self.delayMaximum, 10])))
        }
    }

    /// Answers show the list as it was some time before they came, and nobody's activity falls.
    @Test(arguments: 0..<40) func `overlapping answers in any order tell of the newest activity`(seed: Int)
        throws
    {
        var generator = SeededGenerator(state: UInt64(seed))
        var newest: [String: (active: Int, seenAt: Int64)] = [:]
        let batches = (0..<5).map { _ in
            let madeAt = Int64.random(in: 0...3, using: &generator) * Self.delayMaximum / 2
            let fetchedAt = madeAt + Int64.random(in: 0...Self.delayMaximum, using: &generator)
            let active = Int(madeAt / (Self.delayMaximum / 2))
            let keys = "abcd".filter { _ in Bool.random(using: &generator) }.map { String($0) }
            for key in keys {
                let known = newest[key] ?? (active, fetchedAt)
                newest[key] = (max(known.active, active), max(known.seenAt, fetchedAt))
            }
            return batch(keys.map { ($0, active, "e\(active)") }, fetchedAt: fetchedAt)
        }
        for _ in 0..<6 {
            var state = batch([])
            for incoming in batches.shuffled(using: &generator) {
                state = try FactVisitors.merge(current: state, incoming: incoming).batch
            }
            let keys = newest.keys.sorted()
            #expect((0..<state.rowCount).map { state.columns[0].text($0) } == keys)
            #expect(events(state) == keys.map { "e\(newest[$0]?.active ?? -1)" })
            #expect(state.columns[15] == ColumnVector(.int64(keys.map { newest[$0]?.seenAt ?? -1 })))
        }
    }

    @Test func `counts a row as unchanged only when every column is the same`() throws {
        for (vector, column) in zip(full().columns, FactVisitors.table.columns).dropFirst() {
            let other = changed(vector)
            var incoming = full()
            let position = FactVisitors.table.index(of: column.name)
            incoming.columns[position] = other
            let forth = try FactVisitors.merge(current: full(), incoming: incoming)
            let back = try FactVisitors.merge(current: incoming, incoming: full())
            #expect(forth.batch == incoming, "\(column.name)")
            #expect(back.batch == incoming, "\(column.name)")
            #expect([forth.updatedCount, forth.unchangedCount] == [1, 0], "\(column.name)")
            #expect([back.updatedCount, back.unchangedCount] == [0, 1], "\(column.name)")
        }
        #expect(try FactVisitors.merge(current: full(), incoming: full()).unchangedCount == 1)
    }

    @Test func `puts null before any value`() throws {
        for (position, column) in FactVisitors.table.columns.enumerated() where column.isNullable {
            var missing = full()
            missing.columns[position].validity = [false]
            #expect(
                try FactVisitors.merge(current: missing, incoming: full()).updatedCount == 1, "\(column.name)"
            )
            #expect(
                try FactVisitors.merge(current: full(), incoming: missing).unchangedCount == 1,
                "\(column.name)")
        }
    }

    @Test(arguments: 0..<40) func `does not depend on the order, grouping or number of deliveries`(seed: Int)
        throws
    {
        var generator = SeededGenerator(state: UInt64(seed))
        let a = randomBatch(&generator)
        let b = randomBatch(&generator)
        let c = randomBatch(&generator)
        func merge(_ left: ColumnBatch, _ right: ColumnBatch) throws -> ColumnBatch {
            let merged = try FactVisitors.merge(current: left, incoming: right)
            #expect(merged.newCount + merged.updatedCount + merged.unchangedCount == right.rowCount)
            #expect(merged.batch.rowCount == left.rowCount + merged.newCount)
            return merged.batch
        }
        let ab = try merge(a, b)
        #expect(ab == (try merge(b, a)))
        #expect(try merge(ab, c) == merge(a, merge(b, c)))
        #expect(try merge(ab, ab) == ab)
        #expect(try merge(ab, a) == ab)
        #expect(try merge(ab, b) == ab)
        // What a dictionary of the greatest rows would say.
        var expected: [String: [String]] = [:]
        for batch in [a, b] {
            for row in 0..<batch.rowCount {
                let values = batch.columns.map { $0.text(row) }
                guard let known = expected[values[0]] else {
                    expected[values[0]] = values
                    continue
                }
                let isGreater = rank(known).lexicographicallyPrecedes(rank(values))
                expected[values[0]] = (isGreater ? values : known).dropLast() + [max(known[15], values[15])]
            }
        }
        #expect(ab.lines == expected.keys.sorted().map { (expected[$0] ?? []).joined(separator: "|") })
    }

    @Test(arguments: 0..<40) func `leaving out who was not seen since may come at any time`(seed: Int) throws
    {
        var generator = SeededGenerator(state: UInt64(seed))
        let day: Int64 = 86_400_000_000
        let batches = (0..<4).map { _ in randomBatch(&generator, fetchedEvery: day) }
        let bounds = [0, day, Int64.random(in: 0...1, using: &generator) * day].sorted()
        func state(_ order: [Int], leavingOut: Bool) throws -> ColumnBatch {
            var state = batch([])
            for (step, index) in order.enumerated() {
                let before = state.rowCount
                let merged = try FactVisitors.merge(current: state, incoming: batches[index])
                guard leavingOut || step == 3 else {
                    state = merged.batch
                    continue
                }
                let seen = FactVisitors.seen(since: bounds[max(0, step - 1)], in: merged.batch)
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

    @Test(arguments: [
        (nil, "a b c d"), (Int64.min, "a b c d"), (1, "a b c d"), (2, "b c d"), (3, "c"), (4, ""),
    ]) func `keeps who was seen at the bound or later`(bound: Int64?, expected: String) throws {
        var state = batch([])
        for (key, seenAt) in [("a", 1), ("b", 2), ("c", 3), ("d", 2)] as [(String, Int64)] {
            state = try FactVisitors.merge(
                current: state, incoming: batch([(key, 9, key)], fetchedAt: seenAt)
            ).batch
        }
        let seen = FactVisitors.seen(since: bound, in: state)
        #expect(events(seen.batch).joined(separator: " ") == expected)
        #expect(seen.deletedCount == 4 - events(seen.batch).count)
        #expect(seen.batch.columns.allSatisfy { $0.count == seen.batch.rowCount })
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
        #expect(throws: FactVisitors.MergeError.order(side: "current", row: 1)) {
            try FactVisitors.merge(current: reordered(["b", "a"]), incoming: sorted)
        }
        let error = #expect(throws: FactVisitors.MergeError.self) {
            try FactVisitors.merge(current: sorted, incoming: reordered(["a", "a"]))
        }
        #expect(
            error?.description
                == "merge fact_visitors failed: the incoming rows are not in strict order of visitor_key at row 1;"
                + " reprocess the source")
    }

    @Test func `refuses other columns than the table's`() {
        let good = batch([("a", 1, "x")])
        var narrow = good
        narrow.columns.removeLast()
        var typed = good
        typed.columns[4] = ColumnVector(.int32([1]))
        for bad in [narrow, typed] {
            let error = #expect(throws: FactVisitors.MergeError.self) {
                try FactVisitors.merge(current: bad, incoming: good)
            }
            #expect(
                error?.description
                    == "merge fact_visitors failed: the current rows do not have the table's columns; reprocess the source"
            )
        }
    }

    /// One row a key that ascends; the text tells rows apart.
    private func batch(_ rows: [(key: String, active: Int, event: String)], fetchedAt: Int64 = 0)
        -> ColumnBatch
    {
        var builder = FactVisitors.Builder(personalData: .keep)
        let bodies = rows.map {
            Visitors.visitor($0.key, active: $0.active, with: ["last_event_key": "\"\($0.event)\""])
        }
        withBody("[\(bodies.joined(separator: ","))]") {
            builder.append($0, from: makeExchange(fetchedAt: fetchedAt))
        }
        return builder.finish().batch
    }

    private func events(_ batch: ColumnBatch) -> [String] {
        (0..<batch.rowCount).map { batch.columns[3].text($0) }
    }

    /// One visitor with a value in every column.
    private func full() -> ColumnBatch {
        var builder = FactVisitors.Builder(personalData: .keep)
        let identity = #"{"name":"Ann","email":"a@b.example","org":{"name":"Lemons","title":"Boss"}}"#
        withBody(Visitors.visitor(with: ["identifying_event_key": "\"i\""], identity: identity)) {
            builder.append($0, from: makeExchange())
        }
        return builder.finish().batch
    }

    /// The next greater value.
    private func changed(_ vector: ColumnVector) -> ColumnVector {
        switch vector.values {
        case .boolean: ColumnVector(.boolean([true]))
        case .int64(let slots): ColumnVector(.int64([slots[0] + 1]))
        case .bytes(let slots):
            ColumnVector(
                .bytes(
                    {
                        var next = ByteColumn(); next.append(slots.bytes + [0x21]); return next
                    }()))
        default: vector
        }
    }

    /// Few keys and few values, so that everything ties.
    private func randomBatch(_ generator: inout SeededGenerator, fetchedEvery interval: Int64 = 1)
        -> ColumnBatch
    {
        var builder = FactVisitors.Builder(personalData: .keep)
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            let key = String("abcdefgh".randomElement(using: &generator) ?? "a")
            let names = ["null", "\"\"", "\"A\"", "\"B\""]
            let row = Visitors.visitor(
                key, active: Int.random(in: 0...1, using: &generator),
                with: ["load_count": "\(Int.random(in: 0...1, using: &generator))"],
                identity: #"{"name":\#(names.randomElement(using: &generator) ?? "null")}"#,
                agent: Bool.random(using: &generator)
                    ? "null" : #"{"mobile":\#(Bool.random(using: &generator))}"#)
            let fetchedAt = Int64.random(in: 0...1, using: &generator) * interval
            withBody(row) { builder.append($0, from: makeExchange(fetchedAt: fetchedAt)) }
        }
        return builder.finish().batch
    }

    /// The order of rows as it is documented, on texts: the times have equally many digits here, and `-` precedes letters and digits.
    private func rank(_ values: [String]) -> [String] {
        [values[2]] + values.enumerated().filter { ![0, 2, 15].contains($0.offset) }.map(\.element)
    }
}
