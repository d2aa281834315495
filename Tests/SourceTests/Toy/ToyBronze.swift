import HTTP
import JSON
import Lake
import Logging
import Tables

/// Reads the feed from where the newest commit ended, and the list of sensors whole.
struct ToyBronze: BronzeSource {
    static let name = Toy.name
    static let variables: [Variable] = []
    static let isScheduled = true

    private static let pageRows = 25
    private static let partLines = 40
    private static let baseURL = "http://toy.example.com"

    /// What the next run goes on from.
    struct Position: Codable {
        /// The number of the last reading that was read.
        var after: Int64
    }

    /// What is to be known of a line.
    struct Line: Sendable {
        /// The reading's number; 0 for a sensor.
        var number: Int64
    }

    private let transport: any Transport
    private let time: any TimeSource

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        transport = platform.transport
        time = platform.time
    }

    func read(_ run: BronzeRun) async throws -> Reading? {
        var parts = try await run.parts.parts(of: [.readings, .sensors], inspect: ToyBronze.line)
        let others = parts.count
        let start = try run.cursor?.value(as: Position.self).after ?? 0
        var after = parts.flatMap(\.lines).reduce(start) { max($0, $1.number) }
        try await readReadings(after: &after, run, &parts)
        if !parts.contains(where: { $0.metadata[ToyBronze.wholeName] != nil }) {
            try await readSensors(run, &parts)
        }
        var ledger: [String: BronzeCommit.StreamLedger] = [:]
        for stream in [Stream.readings, .sensors] {
            let lines = parts.filter { $0.stream == stream }.map(\.lines.count)
            ledger[stream.rawValue] = BronzeCommit.StreamLedger(
                requests: lines.count, rowsAnswered: lines.reduce(0, +), rowsInParts: lines.reduce(0, +))
        }
        precondition(parts.count >= others, "parts are never given up")
        return Reading(
            parts: parts.sorted { ($0.stream, $0.number) < ($1.stream, $1.number) }
                .map { BronzeCommit.Part($0, rows: $0.lines.count) },
            ledger: ledger, complete: [.sensors], cursor: try Cursor(Position(after: after)))
    }

    // MARK: Streams

    /// Reads the feed to its end: a page without rows.
    private func readReadings(after: inout Int64, _ run: BronzeRun, _ parts: inout [StoredPart<Line>])
        async throws
    {
        var buffer = PartBuffer<Line>(stream: .readings)
        while true {
            let page = try await lines(of: "/readings?after=\(after)&limit=\(ToyBronze.pageRows)")
            for line in page {
                let read = try parser.withDocument(line) { try ToyBronze.line($0, .readings, [:]) }
                after = max(after, read.number)
                buffer.append(read, bytes: line + [UInt8(ascii: "\n")], at: time.now())
            }
            let isEnd = page.isEmpty
            if isEnd || buffer.lines.count >= ToyBronze.partLines || buffer.isDue(at: time.now()) {
                try await write(buffer, metadata: [:], run, &parts)
                buffer = PartBuffer(stream: .readings)
            }
            if isEnd { return }
        }
    }

    /// Reads the list of sensors, which is whole only if one attempt read all of it.
    private func readSensors(_ run: BronzeRun, _ parts: inout [StoredPart<Line>]) async throws {
        var buffer = PartBuffer<Line>(stream: .sensors)
        var page = 1
        while true {
            let lines = try await lines(of: "/sensors?page=\(page)")
            if lines.isEmpty { break }
            for line in lines {
                let arrival = #"{"arrived_at":"\#(time.now().iso8601)","record":"#
                buffer.append(
                    Line(number: 0), bytes: Array(arrival.utf8) + line + Array("}\n".utf8), at: time.now())
            }
            page += 1
        }
        try await write(buffer, metadata: [ToyBronze.wholeName: "true"], run, &parts)
    }

    private static let wholeName = "whole"
    private var parser: JSONParser { JSONParser() }

    private func write(
        _ buffer: PartBuffer<Line>, metadata: [String: String], _ run: BronzeRun,
        _ parts: inout [StoredPart<Line>]
    ) async throws {
        guard !buffer.isEmpty else { return }
        let number = (parts.filter { $0.stream == buffer.stream }.map(\.number).max() ?? 0) + 1
        parts += try await run.parts.write(buffer, metadata: metadata, from: number, inspect: ToyBronze.line)
    }

    private static func line(_ line: JSONValue, _ stream: Stream, _ metadata: [String: String]) throws -> Line
    {
        guard stream == .readings else { return Line(number: 0) }
        guard let number = line.member("seq")?.int64 else { throw PartLineError("the reading has no seq") }
        return Line(number: number)
    }

    private func lines(of path: String) async throws -> [[UInt8]] {
        let response = try await transport.send(Request(url: ToyBronze.baseURL + path))
        guard response.status == 200 else {
            throw LakeError("Toy", "read \(path) failed: status \(response.status); send the event again")
        }
        return response.body.split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
}

extension PartFormat {
    /// Every line is a record and when it arrived.
    static let arrivals = PartFormat { line, origin in
        guard let record = line.member("record"),
            let time = line.member("arrived_at")?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { throw PartLineError("expected a record and when it arrived") }
        origin.answeredAt = time.microsecondsSinceEpoch
        return (record, 1)
    }
}
