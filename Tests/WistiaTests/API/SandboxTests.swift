import Foundation
import Synchronization
import Testing
import WistiaSandbox

/// The sandbox without a network: whether the account is what the facts say.
struct SandboxTests {
    private struct Visitor: Decodable, Equatable {
        struct Identity: Decodable, Equatable {
            struct Organisation: Decodable, Equatable {
                var name: String?
                var title: String?
            }
            var name: String?
            var email: String?
            var org: Organisation?
        }
        struct Agent: Decodable, Equatable {
            var browser: String
            var browserVersion: String?
            var platform: String
            var mobile: Bool
        }
        var visitorKey: String
        var createdAt: String
        var lastActiveAt: String
        var lastEventKey: String
        var loadCount: Int
        var playCount: Int
        var identifyingEventKey: String?
        var visitorIdentity: Identity
        var userAgentDetails: Agent
    }

    private struct Stats: Decodable {
        var loadCount: Int
        var playCount: Int
        var playRate: Double
        var hoursWatched: Double
        var engagement: Double
        var visitors: Int
    }

    private struct Engagement: Decodable {
        var engagement: Double
        var engagementData: [Int]
        var rewatchData: [Int]
    }

    private struct Media: Decodable {
        var id: Int
        var hashedId: String
        var name: String
        var type: String
        var duration: Double?
        var created: String
    }

    /// A clock that stands still until it is set forward.
    private final class HandClock: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { instant.withLock { $0 } }

        func advance(seconds: Double) {
            instant.withLock { $0 += .seconds(seconds) }
        }
    }

    private func make(
        clock: HandClock = HandClock(), _ change: (inout SandboxOptions) -> Void = { _ in }
    ) throws -> Sandbox {
        var options = SandboxOptions()
        change(&options)
        return try Sandbox(options: options) { clock.now }
    }

    private func get(
        _ sandbox: Sandbox, _ path: String, _ query: [(name: String, value: String)] = []
    ) -> Sandbox.Reply {
        sandbox.reply(to: .init(path: path, query: query, authorization: "Bearer sandbox-token"))
    }

    private func read<Value: Decodable>(_ reply: Sandbox.Reply, as: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(reply.body))
    }

    private func visitors(_ sandbox: Sandbox, page: Int = 1) throws -> [Visitor] {
        try read(
            get(sandbox, "/v1/stats/visitors", [("page", "\(page)"), ("per_page", "100")]), as: [Visitor].self
        )
    }

    private func everybody(_ sandbox: Sandbox) throws -> [Visitor] {
        var all: [Visitor] = []
        var page = 1
        while true {
            let rows = try visitors(sandbox, page: page)
            if rows.isEmpty {
                return all
            }
            all += rows
            page += 1
        }
    }

    private func post(_ sandbox: Sandbox, _ path: String, _ body: String, isLocal: Bool = true)
        -> Sandbox.Reply
    {
        sandbox.reply(to: .init(method: "POST", path: path, body: Array(body.utf8), isLocal: isLocal))
    }

    // MARK: Published numbers

    @Test(arguments: [
        ("gskhw4w4lm", 111_165, 16_681, 0.15495193917077135, 336.97566205632, 0.167007, 104_555),
        ("v08dlrgr7v", 110_734, 43_810, 0.43503941167769067, 2651.986969632, 0.500445, 94_642),
    ])
    func `answers the published statistics`(
        id: String, loads: Int, plays: Int, rate: Double, hours: Double, engagement: Double, visitors: Int
    ) throws {
        let stats: Stats = try read(get(try make(), "/v1/stats/medias/\(id).json"))
        #expect(stats.loadCount == loads)
        #expect(stats.playCount == plays)
        #expect(stats.playRate == rate)
        #expect(stats.hoursWatched == hours)
        #expect(stats.engagement == engagement)
        #expect(stats.visitors == visitors)
    }

    @Test(arguments: [
        (
            "gskhw4w4lm", 1_297_210, 57_850, [16_108, 9_796, 9_394, 8_996, 8_649],
            [1_790, 1_785, 1_780, 1_754, 2_060],
            [1_542, 663, 629, 570, 542], [53, 52, 52, 48, 133]
        ),
        (
            "v08dlrgr7v", 10_103_978, 435_865, [45_074, 40_660, 40_227, 39_499, 38_867],
            [15_529, 15_386, 15_225, 14_965, 15_719], [4_645, 2_517, 2_502, 2_390, 2_286],
            [440, 436, 414, 400, 738]
        ),
    ])
    func `answers the published engagement`(
        id: String, sum: Int, rewatchSum: Int, first: [Int], last: [Int], rewatchFirst: [Int],
        rewatchLast: [Int]
    ) throws {
        let body: Engagement = try read(get(try make(), "/v1/stats/medias/\(id)/engagement"))
        #expect(body.engagementData.count == 436)
        #expect(body.rewatchData.count == 436)
        #expect(body.engagementData.reduce(0, +) == sum)
        #expect(body.rewatchData.reduce(0, +) == rewatchSum)
        #expect(Array(body.engagementData.prefix(5)) == first)
        #expect(Array(body.engagementData.suffix(5)) == last)
        #expect(Array(body.rewatchData.prefix(5)) == rewatchFirst)
        #expect(Array(body.rewatchData.suffix(5)) == rewatchLast)
        for cells in [body.engagementData, body.rewatchData] {
            #expect(zip(cells.dropLast(), cells.dropFirst().dropLast()).allSatisfy { $0 >= $1 })
        }
        #expect(zip(body.engagementData, body.rewatchData).allSatisfy { $0 >= $1 })
        let net = zip(body.engagementData, body.rewatchData).map { $0 - $1 }
        #expect(zip(net.dropLast(), net.dropFirst().dropLast()).allSatisfy { $0 >= $1 })
    }

    // MARK: Visitors

    @Test func `lists everybody once, newest first, in the published shape`() throws {
        let sandbox = try make { $0.visitors = 5_000 }
        let all = try everybody(sandbox)
        #expect(all.count == 5_000)
        #expect(Set(all.map(\.visitorKey)).count == 5_000)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.lastActiveAt >= $1.lastActiveAt })
        #expect(all.allSatisfy { $0.visitorKey.utf8.count == 72 && $0.lastEventKey.utf8.count == 72 })
        #expect(all.allSatisfy { $0.playCount >= 1 && $0.loadCount >= 1 })
        #expect(try #require(all.first).lastActiveAt < "2026-01-08T02:00:00")
        #expect(try #require(all.last).lastActiveAt >= "2024-01-01T00:00:00")
        let later = all.filter { $0.createdAt > $0.lastActiveAt }.count
        #expect((3_500...4_500).contains(later))
        #expect(all.contains { $0.visitorIdentity.name == nil })
        #expect(all.contains { $0.visitorIdentity.org == nil })
        #expect(all.contains { $0.userAgentDetails.browserVersion == nil })
        #expect(all.contains { $0.playCount > $0.loadCount })
        #expect(Set(all.map(\.userAgentDetails.browser)).count < 10)
    }

    @Test func `has the density of the real account at the end`() throws {
        let sandbox = try make { $0.visitors = 110_471 }
        let newest = try visitors(sandbox)
        let days = Set(newest.map { $0.lastActiveAt.prefix(10) }).count
        #expect((2...5).contains(days))
        let lastPage = try visitors(sandbox, page: 1_105)
        #expect(lastPage.count == 71)
        #expect(try #require(lastPage.last).lastActiveAt.hasPrefix("2024-01-01"))
    }

    @Test func `answers far pages of 1.1 million visitors`() throws {
        let sandbox = try make { $0.visitors = 1_100_000 }
        #expect(try visitors(sandbox, page: 11_000).count == 100)
        #expect(try visitors(sandbox, page: 11_001).isEmpty)
        #expect(try visitors(sandbox, page: Int.max).isEmpty)
    }

    @Test func `can be empty, and fill up`() throws {
        let sandbox = try make { $0.visitors = 0 }
        #expect(get(sandbox, "/v1/stats/visitors").body == Array("[]".utf8))
        sandbox.turn(toDay: 2)
        sandbox.activate(new: 1, returning: 1)
        #expect(try everybody(sandbox).count == 25)
    }

    @Test func `makes the same account of the same seed, and another of another`() throws {
        let query = [("page", "3"), ("per_page", "100")].map { (name: $0.0, value: $0.1) }
        func body(_ seed: UInt64) throws -> [UInt8] {
            get(try make { $0.seed = seed }, "/v1/stats/visitors", query).body
        }
        #expect(try body(7) == body(7))
        #expect(try body(7) != body(8))
    }

    @Test func `finds a visitor by key, on the first day and after a return`() throws {
        let sandbox = try make {
            $0.day = 3
            $0.visitors = 300
            $0.identifiedPercent = 50
        }
        for visitor in try everybody(sandbox) {
            var single: Visitor = try read(get(sandbox, "/v1/stats/visitors/\(visitor.visitorKey).json"))
            single.identifyingEventKey = visitor.identifyingEventKey
            #expect(single == visitor)
        }
        let stranger = get(sandbox, "/v1/stats/visitors/1767733_x")
        #expect(stranger.status == 404)
        #expect(stranger.body.isEmpty)
    }

    @Test func `gives a share of the visitors fake names`() throws {
        let all = try everybody(try make { $0.identifiedPercent = 20 })
        let named = all.filter { $0.visitorIdentity.email != nil }
        #expect((120...280).contains(named.count))
        #expect(named.allSatisfy { $0.visitorIdentity.email?.hasSuffix("@example.com") == true })
        #expect(named.contains { $0.visitorIdentity.name?.contains("\"Ace\"") == true })
        #expect(named.contains { $0.visitorIdentity.name?.contains("Zoë") == true })
    }

    // MARK: Days

    @Test func `brings new and returning visitors on the next day`() throws {
        let before = try everybody(try make())
        let after = try everybody(try make { $0.day = 2 })
        let known = Dictionary(uniqueKeysWithValues: before.map { ($0.visitorKey, $0) })
        let moved = after.prefix(27)
        #expect(after.count == 1_024)
        #expect(moved.filter { known[$0.visitorKey] == nil }.count == 24)
        let returning = moved.filter { known[$0.visitorKey] != nil }
        #expect(returning.count == 3)
        for visitor in returning {
            let old = try #require(known[visitor.visitorKey])
            #expect(visitor.lastActiveAt > "2026-01-08T02:00:00")
            #expect(visitor.loadCount > old.loadCount)
            #expect(visitor.playCount > old.playCount)
            #expect(visitor.lastEventKey != old.lastEventKey)
            #expect(visitor.createdAt == old.createdAt)
        }
        #expect(after.dropFirst(27).allSatisfy { known[$0.visitorKey] == $0 })
        #expect(zip(after, after.dropFirst()).allSatisfy { $0.lastActiveAt >= $1.lastActiveAt })
        #expect(Set(after.map(\.visitorKey)).count == after.count)
    }

    @Test func `moves the counters as the real ones move`() throws {
        let sandbox = try make()
        var previous: Stats = try read(get(sandbox, "/v1/stats/medias/v08dlrgr7v"))
        var hoursFell = 0
        for day in 2...40 {
            sandbox.turn(toDay: day)
            let stats: Stats = try read(get(sandbox, "/v1/stats/medias/v08dlrgr7v"))
            #expect(stats.loadCount >= previous.loadCount)
            #expect(stats.playCount >= previous.playCount)
            #expect(stats.visitors >= previous.visitors)
            let identity = Double(stats.playCount) * stats.engagement * 435.456 / 3_600
            #expect(abs(stats.hoursWatched - identity) < 1e-9 * identity)
            let players = stats.playRate * Double(stats.visitors)
            #expect(abs(players - players.rounded()) < 1e-6)
            hoursFell += stats.hoursWatched < previous.hoursWatched ? 1 : 0
            previous = stats
        }
        #expect((1...38).contains(hoursFell))
    }

    @Test func `reaches a day the same way from anywhere`() throws {
        let straight = try everybody(try make { $0.day = 5 })
        let sandbox = try make { $0.day = 9 }
        sandbox.activate(new: 3, returning: 2)
        #expect(post(sandbox, "/sandbox/day", "{\"day\":5}").status == 200)
        #expect(try everybody(sandbox) == straight)
        let earlier = try make { $0.day = 2 }
        earlier.turn(toDay: 5)
        #expect(try everybody(earlier) == straight)
    }

    @Test func `keeps who became active when it is turned to a later day`() throws {
        let sandbox = try make()
        sandbox.activate(new: 3)
        let newcomers = Set(try visitors(sandbox).prefix(3).map(\.visitorKey))
        sandbox.turn(toDay: 2)
        let everybody = try everybody(sandbox)
        #expect(newcomers.isSubset(of: everybody.map(\.visitorKey)))
        #expect(everybody.count == 1_000 + 3 + 24)
        #expect(zip(everybody, everybody.dropFirst()).allSatisfy { $0.lastActiveAt >= $1.lastActiveAt })
        #expect(get(sandbox, "/health").header("Date") == "Fri, 09 Jan 2026 02:00:00 GMT")
    }

    @Test func `lets visitors become active as time goes by`() throws {
        let clock = HandClock()
        let sandbox = try make(clock: clock) { $0.activationsPerSecond = 0.1 }
        let before = try everybody(sandbox)
        clock.advance(seconds: 9.5)
        #expect(try everybody(sandbox) == before)
        clock.advance(seconds: 31)
        let after = try everybody(sandbox)
        #expect(after.count == before.count + 2)
        #expect(
            after.prefix(5).map(\.lastActiveAt) == [
                "2026-01-08T02:00:40.000Z", "2026-01-08T02:00:30.000Z", "2026-01-08T02:00:20.000Z",
                "2026-01-08T02:00:10.000Z", before[0].lastActiveAt,
            ])
        #expect(post(sandbox, "/sandbox/activity", "{\"per_second\":0}").status == 200)
        clock.advance(seconds: 60)
        #expect(try everybody(sandbox) == after)
    }

    @Test func `lists everybody at once, whatever the limit and the latency`() throws {
        let sandbox = try make {
            $0.requestsPerMinute = 1
            $0.latency = .seed001(scale: 1)
            $0.visitors = 90
        }
        let list = get(sandbox, "/sandbox/visitors")
        #expect(list.body == get(sandbox, "/v1/stats/visitors", [("per_page", "100")]).body)
        #expect(sandbox.begin(.init(path: "/sandbox/visitors")).delaySeconds == 0)
        let page = try read(
            get(sandbox, "/sandbox/visitors", [("page", "2"), ("per_page", "80")]), as: [Visitor].self)
        #expect(page == Array(try read(list, as: [Visitor].self).suffix(10)))
    }

    @Test func `tells of every request`() throws {
        struct Request: Decodable, Equatable {
            var arrivalSeconds: Double
            var answerSeconds: Double
            var resource: String
            var page: Int
            var status: Int
        }
        let clock = HandClock()
        let sandbox = try make(clock: clock)
        clock.advance(seconds: 2)
        let ticket = sandbox.begin(
            .init(
                path: "/v1/stats/visitors", query: [("page", "7")], authorization: "Bearer sandbox-token"))
        clock.advance(seconds: 0.5)
        #expect(get(sandbox, "/v1/medias/nope").status == 404)
        _ = sandbox.finish(ticket)
        let requests = try read(get(sandbox, "/sandbox/requests"), as: [Request].self)
        #expect(
            requests == [
                .init(
                    arrivalSeconds: 2.5, answerSeconds: 2.5, resource: "/medias/{id}", page: 1, status: 404),
                .init(
                    arrivalSeconds: 2, answerSeconds: 2.5, resource: "/stats/visitors", page: 7, status: 200),
            ])
    }

    @Test func `lets visitors become active while it runs`() throws {
        let sandbox = try make()
        let before = Set(try visitors(sandbox).map(\.visitorKey))
        #expect(post(sandbox, "/sandbox/activity", "{\"new\":2,\"returning\":1}").status == 200)
        let after = try visitors(sandbox)
        #expect(after.prefix(3).filter { $0.lastActiveAt >= "2026-01-08T02:00:07" }.count == 3)
        #expect(after[1...2].allSatisfy { !before.contains($0.visitorKey) })
        #expect(get(sandbox, "/health").header("Date") == "Thu, 08 Jan 2026 02:00:21 GMT")
    }

    @Test func `answers from the account at the end of the delay`() throws {
        let sandbox = try make()
        let ticket = sandbox.begin(
            .init(
                path: "/v1/stats/visitors", query: [("per_page", "100")],
                authorization: "Bearer sandbox-token"))
        sandbox.activate(new: 1)
        #expect(sandbox.finish(ticket).body == get(sandbox, "/v1/stats/visitors", [("per_page", "100")]).body)
        #expect(try visitors(sandbox).first?.lastActiveAt == "2026-01-08T02:00:07.000Z")
    }

    @Test func `drifts between pages when asked to`() throws {
        let sandbox = try make { $0.pagesPerActivation = 1 }
        let first = try visitors(sandbox)
        let second = try visitors(sandbox, page: 2)
        #expect(second.first == first.last)
    }

    // MARK: Media

    @Test func `makes odd media when asked for more`() throws {
        let sandbox = try make { $0.syntheticMedia = 20 }
        let list: [Media] = try read(get(sandbox, "/v1/medias", [("per_page", "100")]))
        #expect(list.count == 22)
        #expect(Set(list.map(\.hashedId)).count == 22)
        #expect(list.filter { $0.type == "Audio" }.count == 2)
        #expect(list.filter { $0.duration == nil }.count == 2)
        var lengths = Set<Int>()
        var unplayed = 0
        for media in list {
            let engagement: Engagement = try read(get(sandbox, "/v1/stats/medias/\(media.id)/engagement"))
            let stats: Stats = try read(get(sandbox, "/v1/stats/medias/\(media.hashedId)"))
            #expect(engagement.engagementData.count == min(1_000, Int((media.duration ?? 0).rounded(.up))))
            #expect(zip(engagement.engagementData, engagement.rewatchData).allSatisfy { $0 >= $1 })
            lengths.insert(engagement.engagementData.count)
            unplayed += stats.playCount == 0 ? 1 : 0
        }
        #expect(lengths.isSuperset(of: [0, 1, 436, 1_000]))
        #expect(unplayed == 2)
        let sorted: [Media] = try read(
            get(
                sandbox, "/v1/medias", [("per_page", "100"), ("sort_by", "created"), ("sort_direction", "1")])
        )
        #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.created <= $1.created })
        #expect(Set(sorted.map(\.id)) == Set(list.map(\.id)))
    }

    // MARK: Manners

    @Test(arguments: [
        nil, "Bearer wrong", "sandbox-token", "bearer sandbox-token", "Basic c2FuZGJveC10b2tlbg==",
    ])
    func `asks for the token`(authorization: String?) throws {
        let reply = try make().reply(to: .init(path: "/v1/medias", authorization: authorization))
        #expect(reply.status == 401)
        #expect(
            String(decoding: reply.body, as: UTF8.self)
                == "{\"code\":\"unauthorized_credentials\",\"error\":\"Invalid credentials.\"}")
    }

    @Test func `answers ten rows by default and a hundred at most`() throws {
        let sandbox = try make()
        func count(_ query: [(name: String, value: String)]) throws -> Int {
            try read(get(sandbox, "/v1/stats/visitors", query), as: [Visitor].self).count
        }
        #expect(try count([]) == 10)
        #expect(try count([("per_page", "1000")]) == 100)
        #expect(try count([("per_page", "x"), ("page", "-3")]) == 10)
    }

    @Test func `ignores the page of what is not a list`() throws {
        let sandbox = try make()
        let first = get(sandbox, "/v1/stats/medias/gskhw4w4lm", [("page", "1")])
        #expect(get(sandbox, "/v1/stats/medias/gskhw4w4lm", [("page", "9")]).body == first.body)
    }

    @Test(arguments: [
        ("/v1/medias/nope", "{\"error\":\"Media with ID nope not found.\"}"), ("/v1/stats/medias/nope", ""),
        ("/v1/stats/medias/nope/engagement", ""),
        ("/v1/medias/gskhw4w4lm/engagement", "{\"error\":\"Route not found\"}"),
        ("/v2/medias", "{\"error\":\"Route not found\"}"), ("/", "{\"error\":\"Route not found\"}"),
    ])
    func `does not find what is not there`(path: String, body: String) throws {
        let reply = get(try make(), path)
        #expect(reply.status == 404)
        #expect(String(decoding: reply.body, as: UTF8.self) == body)
    }

    @Test func `says that it is healthy without a token`() throws {
        let reply = try make().reply(to: .init(path: "/health"))
        #expect(reply.status == 200)
        #expect(reply.body == Array("OK".utf8))
        #expect(reply.header("Content-Type")?.hasPrefix("text/plain") == true)
    }

    @Test func `answers 429 beyond its rate limit`() throws {
        let clock = HandClock()
        let sandbox = try make(clock: clock) { $0.requestsPerMinute = 3 }
        let statuses = (0..<5).map { _ in get(sandbox, "/v1/medias").status }
        #expect(statuses == [200, 200, 200, 429, 429])
        #expect(get(sandbox, "/v1/medias").header("Retry-After") == "1")
        clock.advance(seconds: 60)
        #expect(get(sandbox, "/v1/medias").status == 200)
    }

    // MARK: Faults and latency

    @Test func `strikes with the given frequency, whatever the order of the requests`() throws {
        func statuses(_ pages: [Int]) throws -> [Int: Int] {
            let faults = try FaultProfile(parsing: "429=10,500=5")
            let sandbox = try make { $0.faults = faults }
            return Dictionary(
                uniqueKeysWithValues: pages.map {
                    ($0, get(sandbox, "/v1/stats/visitors", [("page", "\($0)")]).status)
                })
        }
        let ascending = try statuses(Array(1...2_000))
        #expect(try statuses(Array((1...2_000).reversed())) == ascending)
        #expect((150...250).contains(ascending.values.filter { $0 == 429 }.count))
        #expect((60...140).contains(ascending.values.filter { $0 == 500 }.count))
    }

    @Test(arguments: [
        ("429", "faults \"429\" unreadable: expected fault=percent, such as 429=2"),
        ("429=x", "faults \"429=x\" unreadable: expected fault=percent, such as 429=2"),
        ("429=-1", "faults \"429=-1\" unreadable: expected fault=percent, such as 429=2"),
        (
            "429=60,500=41",
            "faults \"429=60,500=41\" impossible: the percentages add up to 101.0, more than 100"
        ),
    ])
    func `refuses an unreadable fault profile`(text: String, message: String) throws {
        let error = try #require(throws: SandboxError.self) { try FaultProfile(parsing: text) }
        #expect("\(error)" == message)
    }

    @Test func `names the faults that it knows`() throws {
        let error = try #require(throws: SandboxError.self) { try FaultProfile(parsing: "418=1") }
        #expect(
            "\(error)".hasPrefix(
                "faults \"418=1\" unknown: expected one of 401, 403, 429, 429-date, 429-bare"))
    }

    @Test func `takes as long as seed 001 logged`() throws {
        let sandbox = try make { $0.latency = .seed001(scale: 1) }
        func delay(_ path: String, page: Int = 1) -> Double {
            sandbox.begin(.init(path: path, query: [("page", "\(page)")])).delaySeconds
        }
        #expect((1...4).map { delay("/v1/stats/visitors", page: $0) }.allSatisfy { (1.2...2.1).contains($0) })
        #expect(
            (1_090...1_105).map { delay("/v1/stats/visitors", page: $0) }.allSatisfy { (5...8).contains($0) })
        #expect((0.9...1.9).contains(delay("/v1/medias")))
        #expect(delay("/health") == 0)
    }

    // MARK: Steering

    @Test(arguments: [
        ("/sandbox/day", "{\"day\":0}"), ("/sandbox/day", "{}"), ("/sandbox/day", "day 2"),
        ("/sandbox/activity", "{\"new\":-1}"), ("/sandbox/activity", "{\"per_second\":1001}"),
        ("/sandbox/faults", "{\"next\":[\"418\"]}"),
        ("/sandbox/faults", "{\"profile\":\"x\"}"),
    ])
    func `refuses an unreadable order`(path: String, body: String) throws {
        let reply = post(try make(), path, body)
        #expect(reply.status == 400)
        #expect(String(decoding: reply.body, as: UTF8.self).hasPrefix("{\"error\":\"expected "))
    }

    @Test func `takes orders from this machine only`() throws {
        #expect(post(try make(), "/sandbox/day", "{\"day\":2}", isLocal: false).status == 403)
    }

    @Test func `tells its state`() throws {
        let sandbox = try make { $0.day = 2 }
        _ = try visitors(sandbox)
        let state = get(sandbox, "/sandbox/state")
        #expect(
            String(decoding: state.body, as: UTF8.self)
                == "{\"day\":2,\"now\":\"2026-01-09T02:00:00Z\",\"visitors\":1024,\"media\":2,"
                + "\"requests\":{\"/stats/visitors\":1}}")
    }

    @Test func `refuses options out of range`() {
        func message(_ change: (inout SandboxOptions) -> Void) -> String? {
            do {
                _ = try make(change)
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(message { $0.visitors = -1 } == "visitors -1 out of range: expected 0 to 100000000")
        #expect(message { $0.day = 0 } == "day 0 out of range: expected 1 to 36500")
        #expect(
            message { $0.activationsPerSecond = -1 } == "activity -1.0 out of range: expected 0 to 1000")
        #expect(
            message { $0.identifiedPercent = 101 }
                == "identified percent 101.0 out of range: expected 0 to 100")
    }

    @Test(arguments: [
        ("2026-01-08", 1_767_837_600), ("2026-01-08T02:00:00Z", 1_767_837_600), ("1970-01-01T00:00:00Z", 0),
        ("2024-02-29T23:59:59Z", 1_709_251_199), ("2026-02-29", nil), ("2026-13-01", nil), ("2026-1-8", nil),
        ("", nil), ("2026-01-08T24:00:00Z", nil), ("2026-01-08T02:00:00+1", nil),
    ])
    func `reads days and moments`(text: String, seconds: Int64?) {
        #expect(SandboxOptions.seconds(ofDate: text) == seconds)
    }
}
