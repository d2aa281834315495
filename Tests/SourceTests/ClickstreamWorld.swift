import AWS
import HTTP
import Lake
import SourceBattery
import Synchronization

/// A shop whose events land in a file for each pass.
final class ClickstreamWorld: World {
    private struct State {
        var bad: [Pass: [BadRecord]] = [:]
        var played: Set<Pass> = []
    }

    private static let bucket = "landing"
    private static let types = ["page_view", "page_view", "add_to_cart", "purchase", "search", "wish"]

    private let state = Mutex(State())

    let environment = [
        "CLICKSTREAM_LANDING_BUCKET": bucket, "CLICKSTREAM_LANDING_PREFIX": "events/",
    ]
    let secrets: [String: String] = [:]
    let personalValues: Set<String> = []
    var transport: any Transport { NoNetwork() }

    private struct NoNetwork: Transport {
        func send(_ request: Request) async throws -> Response {
            throw TransportError(
                kind: .connectionFailed, request: request, detail: "nothing is to be asked of the network")
        }
    }

    func turn(to pass: Pass, store: any ObjectStore) async throws -> [[UInt8]] {
        let key = "events/day-\(pass.day)-\(pass.run).jsonl.gz"
        let spoiled = state.withLock { state in
            state.played.insert(pass)
            return state.bad[pass] ?? []
        }
        // A pass that is played again is told of again; its file has been there since.
        if try await store.head(key, bucket: Self.bucket) == nil {
            _ = try await store.put(
                key, bucket: Self.bucket, body: try Gzip.compress(Array(Self.file(of: pass, spoiled).utf8)),
                contentType: "application/gzip", condition: nil, metadata: [:])
        }
        return [
            Array(
                #"""
                {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",
                 "eventTime":"2026-01-08T02:05:00.000Z","eventName":"ObjectCreated:Put",
                 "s3":{"bucket":{"name":"\#(Self.bucket)"},"object":{"key":"\#(key)"}}}]}
                """#.utf8)
        ]
    }

    func spoil(_ count: Int, of pass: Pass) -> [BadRecord] {
        let records = (0..<count).map { number in
            number.isMultiple(of: 2)
                ? BadRecord(
                    table: "events", field: "quantity", jsonType: "string",
                    value: "user\(number)@example.com wants many")
                : BadRecord(
                    table: "events", field: "quantity", jsonType: "number", value: "4321.\(1_000 + number)")
        }
        state.withLock { $0.bad[pass] = records }
        return records
    }

    func rowCount(of table: String, after pass: Pass) -> Int? {
        guard table == "events" else { return nil }
        let played = state.withLock { $0.played.filter { $0 <= pass } }
        return Set(played.flatMap(Self.events)).count
    }

    // MARK: Files

    private static func file(of pass: Pass, _ spoiled: [BadRecord]) -> String {
        events(of: pass).enumerated().map { number, event in
            guard number < spoiled.count else { return event }
            let value = spoiled[number].value
            let text = spoiled[number].jsonType == "string" ? "\"\(value)\"" : value
            return event.replacing(/"quantity":[^,]*/, with: "\"quantity\":\(text)")
        }.joined(separator: "\n")
    }

    /// The lines of a pass: events of some slots of its day, some that come late, and some that come again.
    ///
    /// Their times are long past, since the store's clock says when a file landed.
    private static func events(of pass: Pass) -> [String] {
        let minutes = pass.run == 0 ? [601, 604, 606, 718] : [607, 902]
        var lines = minutes.flatMap { minute in (0..<12).map { line(pass.day, minute, $0, pass.run) } }
        lines += (0..<3).map { line(pass.day - 1, 1_438, $0, 10 + pass.run) }
        lines += lines[(lines.count - 4)...]
        if pass.run == 1 { lines.append(line(pass.day, 601, 5, 0)) }
        return lines
    }

    private static func line(_ day: Int, _ minute: Int, _ number: Int, _ salt: Int) -> String {
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        // 2025-11-01 is 68 days before the first pass.
        let date = UTCDate(daysSinceEpoch: Pass(day).date.daysSinceEpoch - 68)
        let type = types[number % types.count]
        let isSold = ["add_to_cart", "purchase"].contains(type)
        let product = type == "search" ? "null" : "\"p_\(number % 5)\""
        let extra = number == 7 ? #","device":"phone""# : ""
        return
            #"{"timestamp":"\#(date)T\#(twoDigits(minute / 60)):\#(twoDigits(minute % 60)):\#(10 + number).25Z","user_id":"u_\#((number + day) % 9)","session_id":"s_\#(number)_\#(salt)","event_type":"\#(type)","product_id":\#(product),"quantity":\#(isSold ? "\(1 + number % 3)" : "null"),"price":\#(isSold ? "\(number).99" : "null"),"category":\#(type == "search" ? "null" : "\"books\""),"search_query":\#(type == "search" ? "\"desk lamp\"" : "null")\#(extra)}"#
    }
}
