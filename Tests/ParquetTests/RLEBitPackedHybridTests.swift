import Testing

@testable import Parquet

struct RLEBitPackedHybridTests {
    private func encode(_ values: [UInt32], bitWidth: Int) -> [UInt8] {
        var output: [UInt8] = []
        values.withUnsafeBufferPointer { RLEBitPackedHybrid.encode($0, bitWidth: bitWidth, into: &output) }
        return output
    }

    private func decode(_ bytes: [UInt8], bitWidth: Int, count: Int) throws(ParquetError) -> [UInt32] {
        var values = [UInt32](repeating: 99, count: count)
        try bytes.withUnsafeBufferPointer { bytes throws(ParquetError) in
            try values.withUnsafeMutableBufferPointer { values throws(ParquetError) in
                var cursor = ByteCursor(UnsafeRawBufferPointer(bytes))
                try RLEBitPackedHybrid.decode(&cursor, bitWidth: bitWidth, into: values)
            }
        }
        return values
    }

    @Test func `packs the example of the format's specification`() throws {
        // https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE: 0 to 7 in three bits.
        let bytes: [UInt8] = [0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010]
        #expect(encode(Array(0...7), bitWidth: 3) == bytes)
        #expect(try decode(bytes, bitWidth: 3, count: 8) == Array(0...7))
    }

    @Test(
        arguments: [
            (1, 0, [0x02]), (44, 0, [0x58]), (200, 0, [0x90, 0x03]), (100, 1, [0xc8, 0x01, 0x01]),
            (100, 9, [0xc8, 0x01, 0x01, 0x00]),
        ] as [(Int, Int, [UInt8])])
    func `writes one value as a run`(count: Int, bitWidth: Int, bytes: [UInt8]) throws {
        let values = [UInt32](repeating: bitWidth == 0 ? 0 : 1, count: count)
        #expect(encode(values, bitWidth: bitWidth) == bytes)
        #expect(try decode(bytes, bitWidth: bitWidth, count: count) == values)
    }

    @Test func `packs short runs of single bits, where a run would be longer`() {
        let values = (0..<64).map { UInt32($0 / 16 % 2) }
        #expect(encode(values, bitWidth: 1) == [0x11, 0, 0, 255, 255, 0, 0, 255, 255])
    }

    @Test func `pads the last group with zeros`() {
        #expect(encode([1, 2, 3], bitWidth: 2) == [0x03, 0b0011_1001, 0])
    }

    @Test(arguments: 0...32)
    func `reads back every width`(bitWidth: Int) throws {
        var random = SampleRandom(seed: UInt64(bitWidth))
        let mask = bitWidth == 32 ? UInt64(UInt32.max) : (1 << UInt64(bitWidth)) - 1
        for count in [1, 7, 8, 9, 63, 64, 65, 1000] {
            var values: [UInt32] = []
            while values.count < count {
                let value = UInt32(random.next() & mask)
                values += repeatElement(value, count: random.next(below: 3) == 0 ? random.next(below: 60) : 1)
            }
            values.removeLast(values.count - count)
            let bytes = encode(values, bitWidth: bitWidth)
            #expect(try decode(bytes, bitWidth: bitWidth, count: count) == values)
        }
    }

    @Test func `accepts a last group without its padding`() throws {
        #expect(try decode([0x03, 0b0011_1001], bitWidth: 2, count: 3) == [1, 2, 3])
    }

    @Test(
        arguments: [
            ([], 3, 1, "bytes end at 0 where one more was expected"),
            ([0x00, 0x01], 3, 1, "a run of no values"),
            ([0x01], 3, 1, "a run of no values"),
            ([0x02, 0x08], 3, 1, "a run of the value 8 where 3 bits are the width"),
            ([0x03, 0x00], 3, 8, "8 packed values end after 1 bytes"),
            ([0x02], 33, 1, "a bit width of 33"),
            (
                [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 3, 1,
                "a run of 9223372036854775807 packed groups"
            ),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], 3, 1, "a varint exceeds 64 bits"),
        ] as [([UInt8], Int, Int, String)])
    func `refuses damaged runs`(bytes: [UInt8], bitWidth: Int, count: Int, cause: String) throws {
        let error = try #require(throws: ParquetError.self) {
            try decode(bytes, bitWidth: bitWidth, count: count)
        }
        #expect(error.cause == cause)
    }
}
