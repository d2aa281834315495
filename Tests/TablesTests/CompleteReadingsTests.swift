import TestSupport
import Testing

@testable import Tables

struct CompleteReadingsTests {
    typealias Reading = CompleteReadings.Reading

    private static let day: Int64 = 86_400_000_000

    private func make(_ readings: [Reading]) -> CompleteReadings {
        var newest = CompleteReadings()
        for reading in readings { newest.insert(reading) }
        return newest
    }

    /// A reading a day that showed so many rows, the first on day 0.
    private func daily(_ counts: [Int]) -> [Reading] {
        counts.enumerated().map {
            Reading(
                runID: "r\($0)", startedAt: Int64($0) * CompleteReadingsTests.day, rowCount: $1)
        }
    }

    @Test(arguments: 0..<50) func `any order and any repetition of readings gives the same`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        let readings = (0..<40).map { index in
            Reading(
                runID: "r\(index % 5)",
                startedAt: Int64.random(in: -10..<10, using: &generator) * CompleteReadingsTests.day / 2
                    + Int64.random(in: 0..<2, using: &generator),
                rowCount: Int.random(in: 0..<9, using: &generator))
        }
        let byDay = Dictionary(grouping: readings) {
            ($0.startedAt + 1_000 * CompleteReadingsTests.day) / CompleteReadingsTests.day
        }
        let expected = byDay.sorted { $0.key > $1.key }.prefix(8).map { _, readings in
            let first = readings.min { ($0.startedAt, $0.runID) < ($1.startedAt, $1.runID) }!
            return Reading(
                runID: first.runID, startedAt: first.startedAt,
                rowCount: readings.map(\.rowCount).max()!)
        }
        let shuffled = (readings + readings).shuffled(using: &generator)
        #expect(make(shuffled).newest == expected)
        var joined = make(Array(shuffled[..<30]))
        joined.formUnion(make(Array(shuffled[30...])))
        joined.formUnion(make(Array(shuffled[10..<50])))
        #expect(joined == make(readings))
        #expect(CompleteReadings(text: joined.text) == joined)
    }

    @Test(arguments: 0..<50) func `the bound never falls while newer readings come`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        let readings = daily((0..<40).map { _ in Int.random(in: 0..<6, using: &generator) })
        var newest = CompleteReadings()
        var bound = Int64.min
        for reading in readings {
            newest.insert(reading)
            let next = newest.deletedBefore ?? .min
            #expect(next >= bound)
            bound = next
        }
    }

    @Test(
        arguments: [
            ([], nil),
            ([5], nil),
            ([5, 5], 0),
            ([5, 5, 5], 1),
            ([5, 0, 0], nil),
            ([5, 5, 0, 0], 0),
            ([5, 5, 2, 2], 0),
            ([4, 4, 2, 2], 2),
            ([0, 0], 0),
            ([0, 5], 0),
            // Half of half is less than half of what was there before.
            ([8, 4, 2, 2], 0),
            // What does not count itself still tells that a later one is short.
            ([9, 4, 1, 9], 0),
            // The larger one leaves with the eighth reading after it, and not before.
            ([9, 1, 1, 1, 1, 1, 1, 1], nil),
            ([9, 1, 1, 1, 1, 1, 1, 1, 1], 7),
            ([9, 9, 1, 1, 1, 1, 1, 1, 1, 1], 8),
            ([9, 9, 1, 1, 1, 1, 1, 1, 1], nil),
        ] as [([Int], Int64?)])
    func `the second newest reading that is not short tells who was deleted`(counts: [Int], expected: Int64?)
    {
        let newest = make(daily(counts))
        #expect(newest.deletedBefore == expected.map { $0 * CompleteReadingsTests.day })
    }

    @Test func `two readings on one day count as one, two about midnight as two`() {
        let evening = Reading(
            runID: "a", startedAt: CompleteReadingsTests.day - 2, rowCount: 1)
        let late = Reading(
            runID: "b", startedAt: CompleteReadingsTests.day - 1, rowCount: 7)
        let morning = Reading(runID: "c", startedAt: CompleteReadingsTests.day, rowCount: 7)
        #expect(make([evening, late]).deletedBefore == nil)
        #expect(
            make([late, evening]).newest == [
                Reading(runID: "a", startedAt: evening.startedAt, rowCount: 7)
            ])
        #expect(make([morning, late]).deletedBefore == late.startedAt)
        #expect(make([morning, late, evening]).deletedBefore == evening.startedAt)
    }

    @Test func `days before 1970 are whole days too`() {
        let readings = [
            Reading(runID: "a", startedAt: -1, rowCount: 1),
            Reading(runID: "b", startedAt: 0, rowCount: 1),
        ]
        #expect(make(readings).deletedBefore == -1)
    }

    @Test func `a short reading says against which and for how long`() {
        let newest = make(daily([9, 7, 1, 8, 3, 9]))
        #expect(
            newest.short == [
                .init(reading: daily([9, 7, 1, 8, 3])[4], largestCount: 9, daysLeft: 6),
                .init(reading: daily([9, 7, 1])[2], largestCount: 9, daysLeft: 4),
            ])
        // After as many days more it counts.
        #expect(make(daily([9, 7, 1, 8, 3, 9] + Array(repeating: 3, count: 6))).short.count == 6)
    }

    @Test(arguments: [("", 0), ("a@1@0", 1), ("b@86400000000@2 a@-1@7", 2)])
    func `reads the text that it writes`(text: String, count: Int) throws {
        let readings = try #require(CompleteReadings(text: text))
        #expect(readings.newest.count == count)
        #expect(readings.text == text)
    }

    @Test(
        arguments: [
            "a", "a@", "a@x", "a@1", "a@1@", "a@1@x", "a@1@-1", "a@1@2@3", "b@2@1 a@1@1", " a@1@1",
            "a@1@1 a@1@1",
            "a@-1@1 b@86400000000@2", "a@1@+1",
        ]) func `refuses another text`(text: String)
    {
        #expect(CompleteReadings(text: text) == nil)
    }
}
