import Testing

@testable import ClickstreamGenerator

struct RespellingTests {
    private static func events() -> [Event] {
        (0..<200).map {
            var random = SplitMix64(seed: 3, purpose: .event, index: $0)
            // Every tenth has no digits below the second.
            let moment = 1_765_167_302_000_000 + ($0 % 10 == 0 ? 0 : Int64($0))
            return Event(at: moment, of: ProductCatalogue(productCount: 30), &random)
        }
    }

    private static func text(_ write: (inout TextBuffer) -> Void) -> [UInt8] {
        var text = TextBuffer()
        write(&text)
        return text.bytes
    }

    @Test(arguments: Respelling.allCases)
    func `says the same in other bytes`(respelling: Respelling) {
        let reader = JSONReader()
        var line = JSONLine()
        for event in Self.events() {
            let usual = Self.text { line.append(event, to: &$0) }
            let other = Self.text { respelling.append(event, to: &$0) }
            #expect(other != usual)
            #expect(!other.contains(UInt8(ascii: "\n")))
            #expect(reader.read(other) == reader.read(usual))
            #expect(reader.read(usual) != .unreadable)
        }
    }

    @Test func `fields are spelled as lines are`() {
        var line = JSONLine()
        for event in Self.events() {
            #expect(
                Self.text { LineFields(event).append(to: &$0) } == Self.text { line.append(event, to: &$0) })
        }
    }
}
