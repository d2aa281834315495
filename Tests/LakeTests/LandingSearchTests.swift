import AWS
import HTTP
import LambdaRuntime
import Synchronization
import TestSupport
import Testing

@testable import Lake

/// Files that no notification told of.
struct LandingSearchTests {
    private static let template = "events/year={yyyy}/month={MM}/day={dd}/"

    private static func key(_ day: String, _ name: String) -> String {
        let parts = day.split(separator: "-")
        return "events/year=\(parts[0])/month=\(parts[1])/day=\(parts[2])/\(name).jsonl.gz"
    }

    private func lake(template: String? = template, hasVersions: Bool = true) -> LandingLake {
        var lake = LandingLake(hasVersions: hasVersions)
        lake.environment["FILES_PREFIX"] = "events/"
        lake.environment["FILES_TEMPLATE"] = template
        return lake
    }

    @Test(arguments: [true, false], [true, false])
    func `finds what is missing, oldest first, and nothing else`(hasTemplate: Bool, hasVersions: Bool)
        async throws
    {
        let lake = lake(template: hasTemplate ? Self.template : nil, hasVersions: hasVersions)
        let days = ["2026-01-08", "2026-01-06", "2026-01-07"]
        for day in days {
            try await lake.land(Self.key(day, "told"), lines: 1, at: "\(day)T03:00:00Z")
            try await lake.send(LandingLake.notification(Self.key(day, "told")))
            try await lake.land(Self.key(day, "lost"), lines: 2, at: "\(day)T02:00:00Z")
        }
        try await lake.land("events/other", lines: 1, at: "2026-01-07T02:30:00Z")
        try await lake.land("elsewhere/a", lines: 1, at: "2026-01-07T02:30:00Z")
        let answer = try await lake.send(LandingLake.search())
        var expected = days.sorted().map { Self.key($0, "lost") }
        // Without a template whatever lies under the prefix is found.
        if !hasTemplate { expected.insert("events/other", at: 2) }
        let reported = answer.split(separator: #""file":"s3://landing/"#).dropFirst()
            .map { String($0.prefix { $0 != "\"" }) }
        #expect(reported == expected)
        #expect(try lake.commits.count == expected.count + 3)
        #expect(try await lake.send(LandingLake.search()) == #"{"reports":[]}"#)
    }

    @Test func `lists the days of the window and one more at either end, and asks about nothing else`()
        async throws
    {
        let lake = lake()
        for day in 1...9 {
            let key = Self.key("2026-01-0\(day)", "a")
            try await lake.land(key, lines: 1, at: "2026-01-0\(day)T02:00:00Z")
            if day != 7 { try await lake.send(LandingLake.notification(key)) }
        }
        lake.store.clearJournal()
        try await lake.send(LandingLake.search(days: 2))
        let journal = lake.store.journal
        #expect(
            journal.prefix(8) == [
                .init(.list, "landing", "events/year=2026/month=01/day=06/"),
                .init(.list, "landing", "events/year=2026/month=01/day=07/"),
                .init(.list, "landing", "events/year=2026/month=01/day=08/"),
                .init(.list, "landing", "events/year=2026/month=01/day=09/"),
                .init(.list, "bronze", "commits/files/2026-01-06/"),
                .init(.list, "bronze", "commits/files/2026-01-07/"),
                .init(.list, "bronze", "commits/files/2026-01-08/"),
                .init(.list, "bronze", "commits/files/2026-01-09/"),
            ])
        #expect(journal.count == 8 + 5)
        #expect(try lake.commits.count == 9)
    }

    @Test func `a day's folder that has no files costs one listing`() async throws {
        let lake = lake()
        lake.store.clearJournal()
        try await lake.send(LandingLake.search())
        #expect(lake.store.journal.count == 16)
        #expect(lake.store.journal.allSatisfy { $0.operation == .list && $0.bucket == "landing" })
    }

    @Test func `without a template the window is of the times when files landed`() async throws {
        let lake = lake(template: nil)
        for (day, name) in [("2025-12-24", "old"), ("2025-12-25", "edge"), ("2026-01-08", "new")] {
            try await lake.land("events/\(name)", lines: 1, at: "\(day)T00:00:00Z")
        }
        lake.store.clearJournal()
        try await lake.send(LandingLake.search())
        #expect(try lake.landedKeys == ["events/edge", "events/new"])
        #expect(lake.store.journal.filter { $0.operation == .list }.count == 3)
        try await lake.send(LandingLake.search(days: 20))
        #expect(try lake.landedKeys.first == "events/old")
    }

    @Test func `a file whose key is of another day than its time is compared with that day's commits`()
        async throws
    {
        let lake = lake()
        let key = Self.key("2026-01-06", "late")
        try await lake.land(key, lines: 1, at: "2026-01-08T02:00:00Z")
        try await lake.send(LandingLake.notification(key))
        lake.store.clearJournal()
        #expect(try await lake.send(LandingLake.search()) == #"{"reports":[]}"#)
        #expect(lake.store.journal.last == .init(.list, "bronze", "commits/files/2026-01-08/"))
    }

    @Test func `every version counts, also of a file that was deleted since`() async throws {
        let lake = lake()
        let key = Self.key("2026-01-08", "a")
        for lines in 1...3 {
            try await lake.land(key, lines: lines, at: "2026-01-08T0\(lines):00:00Z")
        }
        try await lake.store.delete(key, bucket: "landing")
        try await lake.send(LandingLake.search())
        #expect(try lake.commits.map { $0.parts.map(\.rows) } == [[1], [2], [3]])
    }

    @Test func `an unreadable file is reported until a newer version heals it`() async throws {
        let lake = lake()
        let key = Self.key("2026-01-08", "a")
        try await lake.land(key, [0x1F, 0x8B, 8], at: "2026-01-08T01:00:00Z")
        try await lake.land(Self.key("2026-01-08", "b"), lines: 1, at: "2026-01-08T01:30:00Z")
        for _ in 0..<2 {
            let error = await lake.failure(LandingLake.search())
            #expect(error?.description.contains("s3://landing/\(key) version ") == true)
        }
        #expect(try lake.landedKeys == [Self.key("2026-01-08", "b")])
        try await lake.land(key, lines: 4, at: "2026-01-08T02:00:00Z")
        let answer = try await lake.send(LandingLake.search())
        #expect(answer.contains(#""outcome":"ignored""#) && answer.contains(#""outcome":"committed""#))
        #expect(try lake.commits.count == 2)
    }

    @Test func `files of one second with one run id are all looked at`() async throws {
        let landing = Landing(bucket: "landing", stream: "records", format: .jsonLines)
        let store = MemoryObjectStore()
        let time = try #require(Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
        for key in ["a", "b"] { store.seed(key, bucket: "landing", body: [1], modifiedAt: time) }
        let search = LandingSearch(bucket: "bronze", store: store, source: "files", landing: landing)
        #expect(try await search.missing(at: time, days: 1).map(\.file.key) == ["a", "b"])
    }

    @Test func `a thousand files are done in one search, and the next one asks about none of them`()
        async throws
    {
        let lake = lake()
        for number in 0..<1_000 {
            let (hour, minute) = (number / 60, number % 60)
            let time = "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
            try await lake.land(Self.key("2026-01-07", "\(number)"), lines: 2, at: "2026-01-07T\(time):00Z")
        }
        lake.store.clearJournal()
        try await lake.send(LandingLake.search())
        #expect(try lake.commits.count == 1_000)
        #expect(try lake.commits.allSatisfy { $0.ledger["records"]?.rowsInParts == 2 })
        let searched = lake.store.journal.filter { $0.operation == .list }.count
        #expect(lake.store.journal.count == searched + 5 * 1_000)
        lake.store.clearJournal()
        try await lake.send(LandingLake.search())
        #expect(lake.store.journal.count == searched)
    }

    // MARK: Time

    /// Moves the clock with every file that is read.
    private func slow(_ lake: LandingLake, seconds: Double) {
        lake.store.setBeforeHook { [time = lake.time] operation, key in
            if operation == .get, key.hasPrefix("events/") { time.advance(seconds: seconds) }
        }
    }

    @Test func `no file is begun in the last quarter of the time, and the error says how many are left`()
        async throws
    {
        let lake = lake()
        for number in 0..<10 {
            try await lake.land(
                Self.key("2026-01-08", "\(number)"), lines: 1, at: "2026-01-08T00:00:0\(number)Z")
        }
        slow(lake, seconds: 20)
        let error = await lake.failure(
            LandingLake.search(), deadline: lake.time.now().adding(seconds: 100))
        #expect(error?.errorType == "Function.TimeUp")
        #expect(
            error?.description
                == "bronze did 4 of 10 files and runs before its time was up, 6 are left; send the event again"
        )
        #expect(try lake.landedKeys == (0..<4).map { Self.key("2026-01-08", "\($0)") })
        _ = await lake.failure(LandingLake.search(), deadline: lake.time.now().adding(seconds: 100))
        try await lake.send(LandingLake.search(), deadline: lake.time.now().adding(seconds: 100))
        #expect(try lake.commits.count == 10)
    }

    @Test func `the first file is always begun, and a batch of notifications stops in time too`()
        async throws
    {
        let lake = lake(template: nil)
        for name in ["events/a", "events/b"] { try await lake.land(name, lines: 1) }
        slow(lake, seconds: 500)
        let event = LandingLake.notification(("events/a", nil), ("events/b", nil))
        let error = await lake.failure(event, deadline: lake.time.now().adding(seconds: 100))
        #expect(error?.description.contains("1 are left") == true)
        #expect(try lake.landedKeys == ["events/a"])
    }

    @Test func `what failed is told along with what is left`() async throws {
        let lake = lake(template: nil)
        try await lake.land("events/a", [0x1F, 0x8B], at: "2026-01-08T01:00:00Z")
        try await lake.land("events/b", lines: 1, at: "2026-01-08T01:00:01Z")
        slow(lake, seconds: 90)
        let error = await lake.failure(LandingLake.search(), deadline: lake.time.now().adding(seconds: 100))
        #expect(error?.errorType == "Function.TimeUp")
        #expect(error?.description.contains("; it failed for read s3://landing/events/a version") == true)
    }

    // MARK: Events

    @Test func `a search of the future, or of a source without files, is refused`() async throws {
        var lake = lake()
        let future = await lake.failure(LandingLake.search(time: "2027-01-08T02:00:00Z"))
        #expect(future?.errorType == "Function.FutureTime")
        let unknown = await lake.failure(LandingLake.manual(#""reconcile":{"source":"nobody"}"#))
        #expect(unknown == .unknownSource("nobody", layer: "bronze", known: ["files"]))
        lake.sources.append(WorkingSource.self)
        let other = await lake.failure(LandingLake.manual(#""reconcile":{"source":"working"}"#))
        #expect(
            other?.description
                == "bronze refused the event: it is a reconcile event of working; expected one of a source whose files land in a bucket"
        )
        let key = await lake.failure(LandingLake.manual(#""source":"working","key":"a""#))
        #expect(
            key?.description
                == "bronze refused the object a: expected no key, since no files of working land anywhere")
    }

    // MARK: Configuration

    private func refusal(_ environment: [String: String]) -> LakeError? {
        var lake = LandingLake()
        lake.environment.merge(environment) { $1 }
        return #expect(throws: LakeError.self) { try lake.bronze() }
    }

    @Test(arguments: [
        "events/{yyyy}/{MM}/", "{yyyy}{MM}{dd}{dd}", "}{yyyy}{MM}{dd}", "{yyyy}{MM}{dd}/}", "{yyyy}{{MM}{dd}",
        "{yyyy}/{MM}/{dd}/{HH}/", "{yyyy}-{mm}-{dd}", "{",
        "events/",
    ])
    func `a template without exactly year, month and day is refused`(template: String) {
        let error = refusal(["FILES_TEMPLATE": template])
        #expect(
            error?.description.hasPrefix(
                "read configuration FILES_TEMPLATE failed: \(template) is not a prefix with") == true)
    }

    @Test func `a template of other keys is refused`() {
        let error = refusal(["FILES_TEMPLATE": "a/{yyyy}{MM}{dd}", "FILES_PREFIX": "events/"])
        #expect(error?.description.contains("does not begin with the prefix events/") == true)
    }

    @Test func `a template's text may be in any order`() throws {
        let date = try #require(UTCDate("2026-01-08"))
        #expect(KeyTemplate("e/{dd}.{MM}.{yyyy}")?.prefix(of: date) == "e/08.01.2026")
        #expect(KeyTemplate(Self.template)?.prefix(of: date) == "events/year=2026/month=01/day=08/")
    }

    @Test func `files do not land in bronze's own bucket`() {
        let error = refusal(["FILES_BUCKET": "bronze"])
        #expect(error?.errorType == "Function.Configuration")
        #expect(error?.description.contains("give them a bucket of their own") == true)
    }
}
