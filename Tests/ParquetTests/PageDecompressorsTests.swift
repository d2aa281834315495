import Testing

@testable import Parquet

/// The codecs that are read and never written; the others are in ``CompressionTests``.
struct PageDecompressorsTests {
    private static let content = [UInt8](String(repeating: "medallion ", count: 20).utf8)
    /// What pyarrow makes of it.
    private static let brotli: [UInt8] = [
        27, 199, 0, 0, 196, 83, 150, 170, 92, 109, 4, 27, 127, 8, 24, 10, 248, 44, 182, 249, 3,
    ]
    /// What pyarrow makes of it: ten literals, a copy of what lies ten bytes before, and five literals.
    private static let lz4: [UInt8] = [
        175, 109, 101, 100, 97, 108, 108, 105, 111, 110, 32, 10, 0, 166, 80, 108, 105, 111, 110, 32,
    ]
    /// The same in two of Hadoop's blocks, of which the first is 200 bytes and the second three.
    private static let hadoop: [UInt8] =
        [0, 0, 0, 200, 0, 0, 0, 20] + lz4 + [0, 0, 0, 3, 0, 0, 0, 4, 0x30, 120, 121, 122]

    private func decompress(
        _ stored: [UInt8], _ codec: CompressionCodec, count: Int
    ) throws(ParquetError) -> [UInt8] {
        let decompressor = try PageDecompressors().decompressor(codec)
        var output = [UInt8](repeating: 0xaa, count: count)
        try output.withUnsafeMutableBufferPointer { output throws(ParquetError) in
            try stored.withUnsafeBufferPointer { stored throws(ParquetError) in
                try decompressor?.decompress(
                    UnsafeRawBufferPointer(stored), into: UnsafeMutableRawBufferPointer(output))
            }
        }
        return output
    }

    private static let samples: [(CompressionCodec, [UInt8], [UInt8])] = [
        (.brotli, brotli, content), (.lz4Raw, lz4, content), (.lz4, lz4, content),
        (.lz4, hadoop, content + Array("xyz".utf8)),
    ]

    @Test(arguments: samples)
    func `reads what others wrote`(codec: CompressionCodec, stored: [UInt8], content: [UInt8]) throws {
        #expect(try decompress(stored, codec, count: content.count) == content)
    }

    @Test(arguments: samples)
    func `refuses damage and other sizes`(codec: CompressionCodec, stored: [UInt8], content: [UInt8]) {
        for count in [0, content.count - 1, content.count + 1, content.count * 100] {
            #expect(throws: ParquetError.self) { try decompress(stored, codec, count: count) }
        }
        for count in stored.indices {
            #expect(throws: ParquetError.self, "the first \(count) bytes") {
                try decompress(Array(stored[..<count]), codec, count: content.count)
            }
        }
        #expect(throws: ParquetError.self) {
            try decompress([UInt8](repeating: 0xff, count: 40), codec, count: content.count)
        }
    }

    @Test func `makes each decompressor once and none where pages are stored as they are`() throws {
        let decompressors = PageDecompressors()
        #expect(try decompressors.decompressor(.uncompressed) == nil)
        #expect(try decompressors.decompressor(.zstd) === decompressors.decompressor(.zstd))
        let error = try #require(throws: ParquetError.self) {
            try decompressors.decompressor(CompressionCodec(rawValue: 3))
        }
        #expect(error.cause == "the codec is LZO")
        #expect(error.kind == .unsupported)
    }
}
