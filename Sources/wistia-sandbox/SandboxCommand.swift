internal import ArgumentParser
internal import Foundation
internal import WistiaSandbox

@main
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wistia-sandbox",
        abstract: "A pretend Wistia account on this machine.",
        discussion: """
            Answers under /v1 as the Wistia API does. When it is ready it prints one line of JSON with its URL.
            The same options and seed always make the same account.

            From this machine it can be steered while it runs:
              GET  /sandbox/state                               day, now, counts of visitors, media and requests
              GET  /sandbox/requests                            every request: when, what, and its status
              GET  /sandbox/visitors?page=1&per_page=1000000    the list at once, without delay, limit or fault
              POST /sandbox/day       {"day":2}                 turn to a day
              POST /sandbox/activity  {"new":1,"returning":1}   let visitors become active now
              POST /sandbox/activity  {"per_second":0.1}        or as time goes by
              POST /sandbox/faults    {"next":["429","cut"],"profile":"503=1"}
            """)

    @Option(help: "The IPv4 address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port; 0 lets the system choose.")
    var port: UInt16 = 0

    @Option(help: "A file to write the port to when ready.")
    var portFile: String?

    @Option(help: "The token to ask for; WISTIA_SANDBOX_TOKEN otherwise, and sandbox-token without that.")
    var token: String?

    @Option(help: "What the token may read, comma-separated.")
    var scopes = "media:read,stats:read"

    @Option(help: "What the made-up data follow from.")
    var seed: UInt64 = 1

    @Option(help: "Visitors on day 1.")
    var visitors = 1_000

    @Option(help: "Made-up media besides the two with published numbers.")
    var media = 0

    @Option(help: "Day 1: a date, meaning 02:00 UTC, or a moment such as 2026-01-08T23:50:00Z.")
    var date = "2026-01-08"

    @Option(help: "The day of the account to serve; 1 is the first.")
    var day = 1

    @Option(help: "New visitors on each day after the first.")
    var new = 24

    @Option(help: "Returning visitors on each day after the first.")
    var returning = 3

    @Option(help: "Percentage of visitors with a fake name and e-mail address.")
    var identifiedPercent = 0.0

    @Option(help: "One more visitor becomes active after every so many visitor pages; 0 means never.")
    var drift = 0

    @Option(help: "Visitors who become active each second, half of them new.")
    var activity = 0.0

    @Option(help: "none, or seed001: 1.2 s for the first page of visitors, up to 8 s for page 1,100.")
    var latency = "none"

    @Option(help: "A factor on the latency profile.")
    var latencyScale = 1.0

    @Option(
        help: """
            Percentages of requests that fail, such as 429=2,503=0.5,slow=1,retry-after=2,slow-seconds=8. Faults: \
            \(Fault.allCases.map(\.rawValue).joined(separator: ", ")).
            """)
    var faults = ""

    @Option(help: "Requests a minute before 429; 0 means without limit.")
    var rateLimit = 0

    func run() async throws {
        var options = SandboxOptions()
        options.token = token ?? ProcessInfo.processInfo.environment["WISTIA_SANDBOX_TOKEN"] ?? options.token
        options.scopes = Set(scopes.split(separator: ",").map(String.init))
        options.seed = seed
        options.visitors = visitors
        options.syntheticMedia = media
        guard let seconds = SandboxOptions.seconds(ofDate: date) else {
            throw ValidationError("--date \(date) unreadable: expected 2026-01-08 or 2026-01-08T02:00:00Z")
        }
        options.firstDaySeconds = seconds
        options.day = day
        options.newPerDay = new
        options.returningPerDay = returning
        options.identifiedPercent = identifiedPercent
        options.pagesPerActivation = drift
        options.activationsPerSecond = activity
        guard latencyScale >= 0, latencyScale <= 1_000 else {
            throw ValidationError("--latency-scale \(latencyScale) out of range: expected 0 to 1000")
        }
        switch latency {
        case "none": options.latency = .none
        case "seed001": options.latency = .seed001(scale: latencyScale)
        default: throw ValidationError("--latency \(latency) unknown: expected none or seed001")
        }
        options.faults = try FaultProfile(parsing: faults)
        options.requestsPerMinute = rateLimit

        let server = try await SandboxServer(sandbox: try Sandbox(options: options), host: host, port: port)
        if let portFile {
            let port = server.url.split(separator: ":").last ?? ""
            try Data("\(port)\n".utf8).write(to: URL(fileURLWithPath: portFile), options: .atomic)
        }
        let line =
            "{\"url\":\"\(server.url)\",\"visitors\":\(visitors),\"media\":\(media + 2),\"day\":\(day)}\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        try await server.wait()
    }
}
