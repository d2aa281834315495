import Foundation
import HTTP
import Lake
import Testing

/// The odd files that beset such sources, as bronze takes them.
struct DirtyFilesTests {
    private struct Expected: Decodable {
        /// nil where the file cannot be read to its end.
        var lines: Int?
    }

    private struct Commit: Decodable {
        struct Part: Decodable {
            var key: String
            var rows: Int
        }

        struct Landed: Decodable {
            var key: String
            var members: Int
            var size: Int
            var sha256: String
        }

        struct Counts: Decodable {
            var rowsInParts: Int

            enum CodingKeys: String, CodingKey { case rowsInParts = "rows_in_parts" }
        }

        var parts: [Part]
        var ledger: [String: Counts]
        var landed: Landed
    }

    private static func expected() throws -> [String: Expected] {
        try JSONDecoder().decode(
            [String: Expected].self, from: Data(SharedData.bytes("clickstream/dirty/expected.json")))
    }

    private static func commits(_ lake: ClickstreamLake) throws -> [Commit] {
        try lake.commits.map { try JSONDecoder().decode(Commit.self, from: Data($0.utf8)) }
    }

    @Test(.enabled(if: SharedData.isThere))
    func `every file has its rows counted and its bytes kept, or is named as unreadable`() async throws {
        let files = try Self.expected()
        #expect(files.count >= 14)
        for (name, expected) in files.sorted(by: { $0.key < $1.key }) {
            let lake = ClickstreamLake()
            let bytes = try SharedData.bytes("clickstream/dirty/\(name)")
            let version = try await lake.land("events/\(name)", bytes)
            guard let lines = expected.lines else {
                let error = await #expect(throws: LakeError.self) {
                    try await lake.send(ClickstreamLake.notification("events/\(name)", version: version))
                }
                #expect(error?.errorType == "Function.UnreadableObject")
                #expect(
                    error?.description
                        == "read s3://landing/events/\(name) version \(version) failed: its \(bytes.count) bytes are cut, damaged or no gzip; none of it counts; put the file again: a newer version heals it"
                )
                #expect(lake.kept("") == [:], "\(name)")
                continue
            }
            try await lake.send(ClickstreamLake.notification("events/\(name)", version: version))
            let commit = try #require(try Self.commits(lake).first)
            #expect(commit.ledger["events"]?.rowsInParts == lines, "\(name)")
            #expect(commit.landed.size == bytes.count)
            #expect(Array(lake.kept().values) == (bytes.isEmpty ? [] : [bytes]), "\(name)")
            #expect(commit.parts.map(\.key) == Array(lake.kept().keys))
            let isGzip = bytes.starts(with: [0x1F, 0x8B])
            #expect(
                commit.parts.allSatisfy { $0.key.hasSuffix(isGzip ? "-0001.jsonl.gz" : "-0001.jsonl") },
                "\(name)")
        }
    }

    @Test(.enabled(if: SharedData.isThere)) func `REES46's rows are counted without the header`() async throws
    {
        var lake = ClickstreamLake()
        lake.environment["CLICKSTREAM_FORMAT"] = "rees46"
        let bytes = try SharedData.bytes("clickstream/rees46/2019-oct-first-1000.csv")
        try await lake.land("events/oct.csv", bytes)
        try await lake.send(ClickstreamLake.notification("events/oct.csv"))
        let commit = try #require(try Self.commits(lake).first)
        #expect(commit.ledger["events"]?.rowsInParts == 1_000)
        #expect(commit.parts.first?.key.hasSuffix("-0001.csv") == true)
    }

    @Test(.enabled(if: SharedData.isThere)) func `a real file of the seed's twin is kept as it is`()
        async throws
    {
        let lake = ClickstreamLake()
        let bytes = try SharedData.bytes("clickstream/twin/events-20251119-174454.jsonl.gz")
        let key = "events/year=2025/month=11/day=19/hour=17/minute=40/events-20251119-174454.jsonl.gz"
        try await lake.land(key, bytes, at: "2025-11-19T17:44:54Z")
        try await lake.send(ClickstreamLake.notification(key))
        let commit = try #require(try Self.commits(lake).first)
        #expect(commit.landed.key == key)
        #expect(commit.landed.members == 1)
        let part = try #require(commit.parts.first)
        #expect(
            part.key.hasPrefix("raw/clickstream/events/extraction_date=2025-11-19/20251119T174454Z-"))
        #expect(part.rows == 100)
        #expect(lake.kept() == [part.key: bytes])
    }
}
