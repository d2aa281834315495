import ClickstreamGenerator
import Lake
import Testing

/// Generated files against real ones.
@Suite(.enabled(if: SharedSamples.areExpected, SharedSamples.absence))
struct SampleTests {
    /// A line with every number as 9.
    private static func skeleton(_ line: some StringProtocol) -> String {
        String(line).replacing(#/\d+/#, with: "9")
    }

    @Test func `every line of the sample is one that can be made but for its numbers`() throws {
        let sample = try Gzip.decompress(try SharedSamples.read("twin/events-20251119-174454.jsonl.gz"))
        let lines = String(decoding: sample, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 100)
        let made = Set(try makeFile { $0.eventCount = 2_000 }.textLines.map { Self.skeleton($0) })
        // Four types of six categories, and eight searches.
        #expect(made.count == 32)
        #expect(Set(lines.map { Self.skeleton($0) }).subtracting(made) == [])
    }

    @Test func `a REES46 file has the header of the published one and rows of its form`() throws {
        let sample = try SharedSamples.read("rees46/2019-oct-first-1000.csv")
        let real = String(decoding: sample, as: UTF8.self).split(separator: "\n")
        let made = try makeFile { $0.shape = .rees46 }.textLines.filter { !$0.isEmpty }
        #expect(made.count == real.count)
        #expect(made[0] == real[0])
        for row in real.dropFirst() + made.dropFirst().map({ $0[...] }) {
            #expect(row.wholeMatch(of: REES46Tests.row) != nil, "\(row)")
        }
    }
}
