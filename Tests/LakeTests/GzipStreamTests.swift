import Testing

@testable import Lake

/// Each case goes both ways: unpacked at once by libdeflate, and piece by piece by zlib.
struct GzipStreamTests {
    private static let ways = [0, GzipStream.wholeBytesMaximum]

    private let text = Array(
        (0..<60_000).map { #"{"user_id":"u_\#($0 &* 7_919 % 90_000)","event_type":"page_view"}"# }
            .joined(separator: "\n").utf8)

    private func read(_ file: [UInt8], _ wholeBytes: Int, limitBytes: Int = 1 << 30) throws -> (
        content: [UInt8], summary: GzipStream.Summary
    ) {
        var content: [UInt8] = []
        let summary = try GzipStream.forEachChunk(in: file, limitBytes: limitBytes, wholeBytes: wholeBytes) {
            #expect(!$0.isEmpty)
            content += $0
        }
        return (content, summary)
    }

    @Test(arguments: ways) func `hands out all of the content`(wholeBytes: Int) throws {
        let read = try read(Gzip.compress(text), wholeBytes)
        #expect(read.content == text)
        #expect(read.summary == .init(members: 1, contentBytes: text.count))
    }

    @Test func `large content comes in pieces`() throws {
        var pieces: [Int] = []
        try GzipStream.forEachChunk(in: Gzip.compress(text), wholeBytes: 0) { pieces.append($0.count) }
        #expect(pieces.count > 2)
        #expect(pieces.allSatisfy { $0 <= GzipStream.chunkBytes })
        #expect(pieces.reduce(0, +) == text.count)
    }

    @Test(arguments: ways) func `what is not gzipped comes as it is`(wholeBytes: Int) throws {
        let read = try read(text, wholeBytes)
        #expect(read.content == text)
        #expect(read.summary == .init(members: 0, contentBytes: text.count))
    }

    @Test(arguments: ways) func `members follow each other, also within a line`(wholeBytes: Int) throws {
        let cuts = [0, 1, 20_000, 20_000, text.count]
        var file: [UInt8] = []
        for (from, to) in zip(cuts, cuts.dropFirst()) { file += try Gzip.compress(Array(text[from..<to])) }
        let read = try read(file, wholeBytes)
        #expect(read.content == text)
        #expect(read.summary.members == 4)
    }

    @Test(arguments: ways) func `a member may hold nothing`(wholeBytes: Int) throws {
        #expect(try read(Gzip.compress([]), wholeBytes).summary == .init(members: 1, contentBytes: 0))
        let file = try Gzip.compress([]) + Gzip.compress(Array("a".utf8)) + Gzip.compress([])
        #expect(try read(file, wholeBytes).content == Array("a".utf8))
    }

    @Test(arguments: ways) func `no bytes are no content`(wholeBytes: Int) throws {
        #expect(try read([], wholeBytes).summary == .init(members: 0, contentBytes: 0))
    }

    @Test(arguments: ways, [1, 7, 512]) func `zeros may follow the last member`(wholeBytes: Int, count: Int)
        throws
    {
        let file = try Gzip.compress(text) + [UInt8](repeating: 0, count: count)
        #expect(try read(file, wholeBytes).content == text)
    }

    @Test(arguments: ways, [[1], [0, 0, 1], [0x1F], [0x1F, 0x8B], Array("more".utf8)] as [[UInt8]])
    func `anything else behind the last member is damage`(wholeBytes: Int, rest: [UInt8]) throws {
        let file = try Gzip.compress(text) + rest
        #expect(throws: GzipError.damaged(sizeBytes: file.count)) { try read(file, wholeBytes) }
    }

    @Test(arguments: ways) func `zeros between members are damage`(wholeBytes: Int) throws {
        let file = try Gzip.compress(text) + [0] + Gzip.compress(text)
        #expect(throws: GzipError.damaged(sizeBytes: file.count)) { try read(file, wholeBytes) }
    }

    @Test(arguments: ways) func `a file that is cut anywhere is damaged`(wholeBytes: Int) throws {
        let one = try Gzip.compress(Array("a page of events, a page of events".utf8))
        for length in 1..<one.count {
            #expect(throws: GzipError.damaged(sizeBytes: length), "\(length)") {
                try read(Array(one[..<length]), wholeBytes)
            }
            // In the second of two members; cut between them it is whole.
            #expect(throws: GzipError.damaged(sizeBytes: one.count + length), "\(length)") {
                try read(one + one[..<length], wholeBytes)
            }
        }
    }

    @Test(arguments: ways) func `every bit of the checksum and of the length counts`(wholeBytes: Int) throws {
        let file = try Gzip.compress(Array("a page of events, a page of events".utf8))
        for bit in 0..<64 {
            var damaged = file
            damaged[file.count - 8 + bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: GzipError.damaged(sizeBytes: file.count), "bit \(bit)") {
                try read(damaged, wholeBytes)
            }
        }
    }

    @Test(arguments: ways) func `a flipped byte anywhere behind the header is damage`(wholeBytes: Int) throws
    {
        let file = try Gzip.compress(Array("a page of events, a page of events".utf8))
        for place in 10..<file.count {
            var damaged = file
            damaged[place] ^= 0xFF
            #expect(throws: GzipError.damaged(sizeBytes: file.count), "\(place)") {
                try read(damaged, wholeBytes)
            }
        }
    }

    @Test(arguments: ways) func `a header alone is damaged`(wholeBytes: Int) throws {
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        for length in 1...header.count {
            #expect(throws: GzipError.damaged(sizeBytes: length)) {
                try read(Array(header[..<length]), wholeBytes)
            }
        }
    }

    @Test(arguments: ways) func `a header may have a name, a comment and more`(wholeBytes: Int) throws {
        let plain = try Gzip.compress(text)
        let extra: [UInt8] = [3, 0, 1, 2, 3]
        let header = plain[..<3] + [0b11100] + plain[4..<10] + extra + Array("a name\0a comment\0".utf8)
        #expect(try read(Array(header) + plain[10...], wholeBytes).content == text)
    }

    @Test(arguments: ways) func `content beyond the limit is refused`(wholeBytes: Int) throws {
        for file in [text, try Gzip.compress(text)] {
            #expect(throws: GzipError.tooLarge(limitBytes: text.count - 1)) {
                try read(file, wholeBytes, limitBytes: text.count - 1)
            }
            #expect(try read(file, wholeBytes, limitBytes: text.count).content == text)
        }
        // Across members too.
        #expect(throws: GzipError.tooLarge(limitBytes: text.count)) {
            try read(Gzip.compress(text) + Gzip.compress([1]), wholeBytes, limitBytes: text.count)
        }
    }

    @Test func `a member that says it is small and is not is read piece by piece`() throws {
        // The last member's length is all that the end of the file tells.
        let file = try Gzip.compress(text) + Gzip.compress(Array("a".utf8))
        let read = try read(file, 1 << 20)
        #expect(read.content == text + Array("a".utf8))
        #expect(read.summary.members == 2)
    }

    @Test func `the first bytes tell, and a lone first byte of gzip is one that was cut`() {
        #expect(GzipStream.isGzip([0x1F, 0x8B, 8]))
        #expect(GzipStream.isGzip([0x1F, 0x8B]))
        #expect(GzipStream.isGzip([0x1F]))
        #expect(!GzipStream.isGzip([]))
        #expect(!GzipStream.isGzip([0x1F, 0x8C]))
        #expect(!GzipStream.isGzip(Array("{}".utf8)))
    }

    @Test func `what the caller throws ends the reading`() throws {
        struct Stop: Error {}
        for wholeBytes in Self.ways {
            #expect(throws: Stop.self) {
                try GzipStream.forEachChunk(in: Gzip.compress(text), wholeBytes: wholeBytes) { _ in
                    throw Stop()
                }
            }
        }
    }
}
