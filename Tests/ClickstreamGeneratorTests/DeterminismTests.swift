import ClickstreamGenerator
import Lake
import Testing

struct DeterminismTests {
    private static func makeMixed(_ shape: EventShape, seed: UInt64) throws -> GeneratedFile {
        try makeFile {
            $0.shape = shape
            $0.seed = seed
            $0.repeatShare = 0.1
            $0.lateShare = 0.1
            $0.oddShare = 0.1
        }
    }

    @Test(arguments: [EventShape.jsonLines, .rees46])
    func `the same options give the same bytes and another seed gives others`(shape: EventShape) throws {
        let file = try Self.makeMixed(shape, seed: 7)
        let again = try Self.makeMixed(shape, seed: 7)
        #expect(file.text == again.text)
        #expect(file.counts == again.counts)
        #expect(try file.gzipped() == again.gzipped())
        let other = try Self.makeMixed(shape, seed: 8)
        #expect(Set(file.lines).intersection(other.lines).subtracting([[]]).count < 20)
    }

    @Test func `a line is the same on every machine`() throws {
        let lines = try makeFile { $0.eventCount = 2 }
        #expect(lines.text == Array(Self.firstLines.utf8))
        let rows = try makeFile {
            $0.eventCount = 2
            $0.shape = .rees46
        }
        #expect(rows.text == Array(Self.firstRows.utf8))
    }

    @Test func `gzip has one member without name and time, and gives the text back`() throws {
        for count in [0, 1, 1_000] {
            let file = try makeFile { $0.eventCount = count }
            let compressed = try file.gzipped()
            #expect(compressed.prefix(8) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
            #expect(try Gzip.decompress(compressed) == file.text)
        }
    }

    private static let firstLines = #"""
        {"timestamp": "2025-12-08T04:15:04.628614+00:00", "user_id": "u_26893", "session_id": "s_34151", "event_type": "page_view", "product_id": "p_4004", "quantity": null, "price": null, "category": "books", "search_query": null}
        {"timestamp": "2025-12-08T04:15:19.627692+00:00", "user_id": "u_59870", "session_id": "s_67982", "event_type": "remove_from_cart", "product_id": "p_4001", "quantity": 1, "price": 144.1, "category": "books", "search_query": null}
        """#
    private static let firstRows = """
        event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
        2025-12-08 04:15:04 UTC,view,1002520,2053013552385491165,,lenovo,701.05,500016893,498ff236-639f-4030-843d-ea859c95dfdc
        2025-12-08 04:15:19 UTC,view,1000448,2053013554415534427,electronics.video.tv,redmond,97.38,500049870,f2173af1-5b64-4696-9e19-937fcba02a49

        """
}
