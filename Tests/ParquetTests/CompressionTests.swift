import Testing

@testable import Parquet

struct CompressionTests {
    private static let codecs: [Compression] = [.zstd(level: 3), .snappy, .gzip(level: 6)]

    private func makeDecompressor(_ compression: Compression) -> any PageDecompressor {
        switch compression {
        case .snappy: SnappyDecompressor()
        case .gzip: GzipDecompressor()
        default: ZstdDecompressor()
        }
    }

    private func compress(_ content: [UInt8], _ compression: Compression) throws(ParquetError) -> [UInt8] {
        var output: [UInt8] = []
        let compressor = compression.makeCompressor()
        let count = try content.withUnsafeBufferPointer { content throws(ParquetError) in
            try compressor?.compress(UnsafeRawBufferPointer(content), into: &output)
        }
        return Array(output[..<(count ?? 0)])
    }

    private func decompress(
        _ stored: [UInt8], count: Int, _ decompressor: any PageDecompressor
    ) throws(ParquetError) -> [UInt8] {
        var output = [UInt8](repeating: 0xaa, count: count)
        try output.withUnsafeMutableBufferPointer { output throws(ParquetError) in
            try stored.withUnsafeBufferPointer { stored throws(ParquetError) in
                try decompressor.decompress(
                    UnsafeRawBufferPointer(stored), into: UnsafeMutableRawBufferPointer(output))
            }
        }
        return output
    }

    @Test(arguments: codecs, [0, 1, 63, 1000, 300_000])
    func `reads back what it wrote`(compression: Compression, count: Int) throws {
        let decompressor = makeDecompressor(compression)
        var random = SampleRandom(seed: 1)
        let contents = [
            [UInt8](repeating: 7, count: count), (0..<count).map { _ in UInt8(random.next(below: 256)) },
            (0..<count).map { UInt8($0 / 7 % 90) },
        ]
        for content in contents {
            let stored = try compress(content, compression)
            #expect(try decompress(stored, count: count, decompressor) == content)
            #expect(
                Swift.type(of: decompressor).decompressedSizeBytesMaximum(compressedSizeBytes: stored.count)
                    >= count)
        }
    }

    @Test(arguments: codecs)
    func `refuses damage and other sizes`(compression: Compression) throws {
        let decompressor = makeDecompressor(compression)
        let content = (0..<5000).map { UInt8($0 / 7 % 90) }
        let stored = try compress(content, compression)
        #expect(throws: ParquetError.self) { try decompress(stored, count: 4999, decompressor) }
        #expect(throws: ParquetError.self) { try decompress(stored, count: 5001, decompressor) }
        #expect(throws: ParquetError.self) { try decompress([], count: 5000, decompressor) }
        #expect(throws: ParquetError.self) { try decompress([0xff, 0xff, 0xff], count: 5000, decompressor) }
        for count in 0..<stored.count {
            #expect(throws: ParquetError.self) {
                try decompress(Array(stored[..<count]), count: 5000, decompressor)
            }
        }
    }

    @Test func `reads a page of several gzip members`() throws {
        let stored = try compress([1, 2, 3], .gzip(level: 1)) + compress([4], .gzip(level: 9))
        #expect(try decompress(stored, count: 4, GzipDecompressor()) == [1, 2, 3, 4])
    }

    /// https://github.com/google/snappy/blob/main/format_description.txt: three literal bytes, then a copy of five.
    @Test func `reads snappy made by hand`() throws {
        let stored: [UInt8] = [8, 2 << 2, 97, 98, 99, (5 - 4) << 2 | 1, 3]
        #expect(try decompress(stored, count: 8, SnappyDecompressor()) == Array("abcabcab".utf8))
    }
}
