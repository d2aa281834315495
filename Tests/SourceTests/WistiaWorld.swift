import AWS
import Foundation
import HTTP
import SourceBattery
import Synchronization
import WistiaSandbox

/// The sandbox's account as a world, without the network.
final class WistiaWorld: World, Transport {
    private struct State {
        var pass = Pass(1)
        var bad: [Pass: [BadRecord]] = [:]
        var personalValues: Set<String> = []
    }

    private static let visitors = 60
    private static let newPerDay = 5
    private static let media = 3

    private let sandbox: Sandbox
    private let state = Mutex(State())

    init() throws {
        var options = SandboxOptions()
        options.visitors = WistiaWorld.visitors
        options.newPerDay = WistiaWorld.newPerDay
        options.syntheticMedia = WistiaWorld.media - 2
        options.identifiedPercent = 40
        sandbox = try Sandbox(options: options)
    }

    let environment = [
        "WISTIA_SECRET_ID": "wistia-token", "WISTIA_BASE_URL": "http://127.0.0.1",
        "WISTIA_REQUESTS_PER_MINUTE": "100000",
    ]
    let secrets = ["wistia-token": #"{"api_token":"sandbox-token"}"#]
    var transport: any Transport { self }
    var personalValues: Set<String> { state.withLock { $0.personalValues } }

    /// Every day ends with one visitor more, and one who comes back; the second run of a day sees them.
    func turn(to pass: Pass, store: any ObjectStore) async throws -> [[UInt8]] {
        for day in 1...pass.day {
            sandbox.turn(toDay: day)
            if Pass(day, 1) <= pass { sandbox.activate(new: 1, returning: 1) }
        }
        state.withLock { $0.pass = pass }
        return [pass.schedule]
    }

    func spoil(_ count: Int, of pass: Pass) -> [BadRecord] {
        let records = (0..<count).map { number in
            number.isMultiple(of: 2)
                ? BadRecord(
                    table: "fact_visitors", field: "load_count", jsonType: "string",
                    value: "user\(number)@example.com came often")
                : BadRecord(
                    table: "fact_visitors", field: "load_count", jsonType: "number",
                    value: "4321.\(1_000 + number)")
        }
        state.withLock { $0.bad[pass] = records }
        return records
    }

    func rowCount(of table: String, after pass: Pass) -> Int? {
        switch table {
        case "dim_media", "fact_media": WistiaWorld.media * pass.day
        case "fact_visitors":
            WistiaWorld.visitors + WistiaWorld.newPerDay * (pass.day - 1) + pass.day - (pass.run == 0 ? 1 : 0)
        default: nil
        }
    }

    // MARK: Answers

    func send(_ request: Request) async throws -> Response {
        let address = request.url.dropFirst("http://127.0.0.1".count)
        let query = address.split(separator: "?").dropFirst().first ?? ""
        let reply = sandbox.reply(
            to: Sandbox.Call(
                method: request.method, path: String(address.prefix { $0 != "?" }),
                query: query.split(separator: "&").map { pair in
                    let sides = pair.split(separator: "=", maxSplits: 1)
                    return (String(sides[0]), sides.count > 1 ? String(sides[1]) : "")
                }, authorization: request.headers["Authorization"]))
        var headers = Headers()
        for header in reply.headers { headers[header.name] = header.value }
        var body = reply.body
        if address.hasPrefix("/v1/stats/visitors.json?") {
            note(body)
            body = spoiled(body)
        }
        return Response(status: reply.status, headers: headers, body: body)
    }

    private func spoiled(_ body: [UInt8]) -> [UInt8] {
        let records = state.withLock { $0.bad[$0.pass] ?? [] }
        guard !records.isEmpty else { return body }
        let name = #""load_count":"#
        var pieces = String(decoding: body, as: UTF8.self).components(separatedBy: name)
        for (index, record) in records.enumerated() where index + 1 < pieces.count {
            let value = record.jsonType == "string" ? "\"\(record.value)\"" : record.value
            pieces[index + 1] = value + pieces[index + 1].drop { $0.isNumber }
        }
        return Array(pieces.joined(separator: name).utf8)
    }

    private func note(_ body: [UInt8]) {
        let visitors = try? JSONSerialization.jsonObject(with: Data(body)) as? [[String: Any]]
        let identities = (visitors ?? []).compactMap { $0["visitor_identity"] as? [String: Any] }
        let found = identities.flatMap { identity in
            let organisation = identity["org"] as? [String: Any]
            return [identity["name"], identity["email"], organisation?["name"], organisation?["title"]]
                .compactMap { $0 as? String }.filter { !$0.isEmpty }
        }
        state.withLock { $0.personalValues.formUnion(found) }
    }
}
