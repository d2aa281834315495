import Testing

@testable import ClickstreamGenerator

struct OddLineTests {
    @Test(arguments: OddLine.allCases)
    func `a second reading comes to the same outcome`(oddity: OddLine) {
        let reader = JSONReader()
        for index in 0..<200 {
            var random = SplitMix64(seed: 5, purpose: .odd, index: index)
            let event = Event(
                at: 1_765_167_302_000_000 + Int64(index), of: ProductCatalogue(productCount: 30), &random)
            var text = TextBuffer()
            oddity.append(event, to: &text, &random)
            #expect(!text.bytes.contains(UInt8(ascii: "\n")))
            let outcome: OddOutcome =
                switch reader.read(text.bytes) {
                case .row: .kept
                case .unreadable: .quarantined
                case .blank: .skipped
                }
            #expect(outcome == oddity.outcome, "\(String(decoding: text.bytes, as: UTF8.self))")
        }
    }

    @Test func `a file has the oddities in turn`() throws {
        let file = try makeFile {
            $0.eventCount = 2 * OddLine.allCases.count
            $0.oddShare = 1
        }
        let kept = OddLine.allCases.count { $0.outcome == .kept }
        let skipped = OddLine.allCases.count { $0.outcome == .skipped }
        #expect(file.counts.kept == 2 * kept)
        #expect(file.counts.skipped == 2 * skipped)
        #expect(file.counts.quarantined == 2 * (OddLine.allCases.count - kept - skipped))
    }
}
