import ClickstreamGenerator
import HTTP
import Testing

struct GeneratorOptionsTests {
    /// A change that is refused, and how the line begins that says so.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var line: String
        var change: @Sendable (inout GeneratorOptions) -> Void
        var testDescription: String { line }

        init(_ line: String, _ change: @escaping @Sendable (inout GeneratorOptions) -> Void) {
            self.line = line
            self.change = change
        }
    }

    private static let refusals = [
        Refusal("--events -1 out of range: expected 0 to 10000000") { $0.eventCount = -1 },
        Refusal("--events 10000001 out of range") { $0.eventCount = 10_000_001 },
        Refusal("--span-seconds -0.5 out of range") { $0.spanSeconds = -0.5 },
        Refusal("--span-seconds nan out of range") { $0.spanSeconds = .nan },
        Refusal("--span-seconds inf out of range") { $0.spanSeconds = .infinity },
        Refusal("--products 0 out of range: expected 1 to 5000000") { $0.productCount = 0 },
        Refusal("--repeat-share 1.5 out of range: expected 0.0 to 1.0") { $0.repeatShare = 1.5 },
        Refusal("--late-share -0.1 out of range") { $0.lateShare = -0.1 },
        Refusal("--late-seconds 0 out of range") { $0.lateSeconds = 0 },
        Refusal("--odd-share nan out of range") { $0.oddShare = .nan },
        Refusal("--start 0999-12-31T23:59:59Z out of range: expected the years 1000 to 9000") {
            $0.start = Timestamp(rfc3339: "0999-12-31T23:59:59Z") ?? $0.start
        },
        Refusal("--start 9000-01-01T00:00:01Z out of range") {
            $0.start = Timestamp(rfc3339: "9000-01-01T00:00:01Z") ?? $0.start
        },
        Refusal("500 repeated, 300 late and 300 odd lines are more than the 1000 of --events") {
            ($0.repeatShare, $0.lateShare, $0.oddShare) = (0.5, 0.3, 0.3)
        },
        Refusal("with 0 odd lines of 1000, 1000 have no line to repeat") { $0.repeatShare = 1 },
        Refusal("with 500 odd lines of 1000, 500 have no line to repeat") {
            ($0.repeatShare, $0.oddShare) = (0.5, 0.5)
        },
    ]

    @Test(arguments: refusals)
    func `what cannot be made is refused in one line`(refusal: Refusal) throws {
        let error = try #require(throws: GeneratorError.self) { try makeFile(refusal.change) }
        #expect(error.description.hasPrefix(refusal.line), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test func `the first and the last start are taken with the latest events and the longest span`() throws {
        for start in ["1000-01-01T00:00:00Z", "9000-01-01T00:00:00Z"] {
            let moment = try #require(Timestamp(rfc3339: start))
            let file = try makeFile {
                $0.start = moment
                $0.spanSeconds = 31_622_400
                $0.lateShare = 0.5
                $0.lateSeconds = 315_576_000
            }
            let expected =
                start.prefix(1) == "1"
                ? #/\{"timestamp": "(?:09|10)\d\d-.*/# : #/\{"timestamp": "(?:8|9)\d{3}-.*/#
            #expect(file.textLines.allSatisfy { $0.wholeMatch(of: expected) != nil })
        }
    }

    @Test func `the usual file has 500,000 events within 20 seconds`() {
        let options = GeneratorOptions()
        #expect(options.eventCount == 500_000)
        #expect(options.spanSeconds == 20)
        #expect(options.start == Timestamp(rfc3339: "2025-12-08T04:15:02Z"))
        #expect([options.repeatShare, options.lateShare, options.oddShare] == [0, 0, 0])
    }
}
