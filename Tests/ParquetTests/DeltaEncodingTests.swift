import Testing

@testable import Parquet

/// The delta encodings and BYTE_STREAM_SPLIT.
struct DeltaEncodingTests {
    private func encode<Value: SignedInteger & FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
        var output: [UInt8] = []
        values.withUnsafeBufferPointer { DeltaBinaryPacked.encode($0, into: &output) }
        return output
    }

    /// The values and how many bytes follow them.
    private func decode<Value: SignedInteger & FixedWidthInteger>(
        _ bytes: [UInt8], count: Int, as type: Value.Type
    ) throws(ParquetError) -> ([Value], rest: Int) {
        var values = [Value](repeating: 99, count: count)
        var rest = 0
        try bytes.withUnsafeBufferPointer { bytes throws(ParquetError) in
            try values.withUnsafeMutableBufferPointer { values throws(ParquetError) in
                var cursor = ByteCursor(UnsafeRawBufferPointer(bytes))
                try DeltaBinaryPacked.decode(&cursor, into: values)
                rest = cursor.remaining
            }
        }
        return (values, rest)
    }

    // https://github.com/apache/parquet-format/blob/master/Encodings.md#DELTAENC, whose examples have one block.

    @Test func `packs the first example of the specification`() throws {
        let bytes: [UInt8] = [
            0x80, 0x01, 0x04, 0x05, 0x02,  // 128 values in 4 miniblocks, 5 values, the first is 1
            0x02, 0, 0, 0, 0,  // least difference 1, widths 0
        ]
        #expect(encode([1, 2, 3, 4, 5] as [Int32]) == bytes)
        #expect(try decode(bytes, count: 5, as: Int32.self) == ([1, 2, 3, 4, 5], 0))
    }

    @Test func `packs the second example of the specification`() throws {
        // Differences -2, -2, -2, 1, 1, 1, 1: least -2, excesses 0, 0, 0, 3, 3, 3, 3 in two bits.
        let bytes: [UInt8] =
            [0x80, 0x01, 0x04, 0x08, 0x0e, 0x03, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111]
            + [UInt8](repeating: 0, count: 6)
        #expect(encode([7, 5, 3, 1, 2, 3, 4, 5] as [Int64]) == bytes)
        #expect(try decode(bytes + [9], count: 8, as: Int64.self) == ([7, 5, 3, 1, 2, 3, 4, 5], 1))
        // The padding may be missing at the end, and the widths of miniblocks without values may be anything.
        var short = Array(bytes.prefix(12))
        short[9] = 200
        #expect(try decode(short, count: 8, as: Int64.self) == ([7, 5, 3, 1, 2, 3, 4, 5], 0))
    }

    @Test func `writes and reads no values and one`() throws {
        #expect(encode([] as [Int32]) == [0x80, 0x01, 0x04, 0x00, 0x00])
        #expect(try decode([0x80, 0x01, 0x04, 0x00, 0x00], count: 0, as: Int32.self) == ([], 0))
        #expect(encode([-3] as [Int64]) == [0x80, 0x01, 0x04, 0x01, 0x05])
        #expect(try decode([0x80, 0x01, 0x04, 0x01, 0x05], count: 1, as: Int64.self) == ([-3], 0))
    }

    private func checkRoundTrips<Value: SignedInteger & FixedWidthInteger>(_ type: Value.Type) throws {
        var random = SampleRandom(seed: 3)
        let edges: [Value] = [.min, .max, 0, -1, 1, .min + 1, .max - 1, .max / 2, .min / 2]
        for bits in 0...Value.bitWidth {
            for count in [1, 2, 31, 32, 33, 34, 128, 129, 130, 257, 1000] {
                let values = (0..<count).map { index -> Value in
                    if bits == 0 { return edges[random.next(below: edges.count)] }
                    let raw = Value(truncatingIfNeeded: random.next())
                    return raw >> Value(Value.bitWidth - bits) &+ Value(truncatingIfNeeded: index)
                }
                let back = try decode(encode(values) + [1, 2, 3], count: count, as: Value.self)
                #expect(back == (values, 3), "\(bits) bits, \(count) values")
            }
        }
    }

    @Test func `reads back 32-bit numbers of every width, differences wrapping`() throws {
        try checkRoundTrips(Int32.self)
    }

    @Test func `reads back 64-bit numbers of every width, differences wrapping`() throws {
        try checkRoundTrips(Int64.self)
    }

    @Test func `packs no wider than the type`() {
        // Header 5 bytes, least difference 5 bytes.
        #expect(Array(encode([0, .max, 0, .max] as [Int32])[10..<14]) == [32, 0, 0, 0])
    }

    @Test func `reads blocks of other sizes`() throws {
        // 256 values in two miniblocks; the second has width 1 and starts at the 129th difference.
        var bytes: [UInt8] = [0x80, 0x02, 0x02, 0x83, 0x01, 0x00]  // 131 values from 0
        bytes += [0x02, 0x00, 0x01]  // least 1, widths 0 and 1
        bytes += [0b11] + [UInt8](repeating: 0, count: 15)
        let expected = (0...128).map { Int64($0) } + [130, 132]
        #expect(try decode(bytes, count: 131, as: Int64.self) == (expected, 0))
    }

    @Test(
        arguments: [
            ([0x80, 0x01, 0x04], 1, "bytes end at 3 where one more was expected"),
            ([0x00, 0x04, 0x01, 0x00], 1, "delta blocks of 0 values in 4 miniblocks"),
            ([0x80, 0x01, 0x00, 0x01, 0x00], 1, "delta blocks of 128 values in 0 miniblocks"),
            ([0x80, 0x01, 0x08, 0x01, 0x00], 1, "delta blocks of 128 values in 8 miniblocks"),
            ([0x80, 0x01, 0x03, 0x01, 0x00], 1, "delta blocks of 128 values in 3 miniblocks"),
            ([0x81, 0x01, 0x03, 0x01, 0x00], 1, "delta blocks of 129 values in 3 miniblocks"),
            (
                [0x80, 0x80, 0x80, 0x80, 0x08, 0x04, 0x01, 0x00], 1,
                "delta blocks of 2147483648 values in 4 miniblocks"
            ),
            ([0x80, 0x01, 0x04, 0x02, 0x00], 1, "2 delta-encoded values where 1 are expected"),
            (
                [0x80, 0x01, 0x04] + [UInt8](repeating: 0xff, count: 9) + [0x01, 0x00], 1,
                "18446744073709551615 delta-encoded values where 1 are expected"
            ),
            (
                [0x80, 0x01, 0x04, 0x01, 0x80, 0x80, 0x80, 0x80, 0x10], 1,
                "a delta-encoded first value of 2147483648 in 32 bits"
            ),
            ([0x80, 0x01, 0x04, 0x02, 0x00, 0x00, 33, 0, 0, 0], 2, "a delta bit width of 33 in 32 bits"),
            ([0x80, 0x01, 0x04, 0x02, 0x00, 0x00, 8, 0, 0], 2, "4 bytes wanted where 3 remain"),
            (
                [0x80, 0x01, 0x04, 0x04, 0x00, 0x00, 8, 0, 0, 0, 1, 2], 4,
                "3 delta-encoded values end after 2 bytes"
            ),
        ] as [([UInt8], Int, String)])
    func `refuses damaged numbers`(bytes: [UInt8], count: Int, cause: String) throws {
        let error = try #require(throws: ParquetError.self) {
            try decode(bytes, count: count, as: Int32.self)
        }
        #expect(error.cause == cause)
    }

    @Test func `refuses widths beyond 64 bits`() throws {
        let bytes: [UInt8] = [0x80, 0x01, 0x04, 0x02, 0x00, 0x00, 65, 0, 0, 0]
        let error = try #require(throws: ParquetError.self) { try decode(bytes, count: 2, as: Int64.self) }
        #expect(error.cause == "a delta bit width of 65 in 64 bits")
    }

    private enum ByteEncoding: String, CaseIterable {
        case deltaLength
        case delta
    }

    private func encode(_ column: ByteColumn, _ encoding: ByteEncoding) -> [UInt8] {
        var output: [UInt8] = []
        column.bytes.withUnsafeBytes { bytes in
            column.offsets.withUnsafeBufferPointer { offsets in
                switch encoding {
                case .deltaLength: DeltaLengthByteArray.encode(bytes: bytes, offsets: offsets, into: &output)
                case .delta: DeltaByteArray.encode(bytes: bytes, offsets: offsets, into: &output)
                }
            }
        }
        return output
    }

    private func decode(
        _ bytes: [UInt8], count: Int, _ encoding: ByteEncoding, onto start: ByteColumn = ByteColumn(),
        sizeBytesMaximum: Int = 1 << 20
    ) throws(ParquetError) -> ByteColumn {
        var column = start
        try bytes.withUnsafeBufferPointer { bytes throws(ParquetError) in
            var cursor = ByteCursor(UnsafeRawBufferPointer(bytes))
            switch encoding {
            case .deltaLength:
                try DeltaLengthByteArray.decode(
                    &cursor, count: count, appendingTo: &column, sizeBytesMaximum: sizeBytesMaximum)
            case .delta:
                try DeltaByteArray.decode(
                    &cursor, count: count, appendingTo: &column, sizeBytesMaximum: sizeBytesMaximum)
            }
        }
        return column
    }

    @Test func `writes the specification's strings as lengths and bytes`() {
        let lengths: [UInt8] =
            [0x80, 0x01, 0x04, 0x04, 0x0a]  // 4 lengths from 5
            + [0x00, 1, 0, 0, 0, 0b110, 0, 0, 0]  // differences 0, 1, 1
        #expect(
            encode(Samples.strings(["Hello", "World", "Foobar", "ABCDEFG"]), .deltaLength)
                == lengths + Array("HelloWorldFoobarABCDEFG".utf8))
    }

    @Test func `writes the specification's strings as prefixes and suffixes`() {
        // axis, axle, babble, babyhood share 0, 2, 0 and 3 bytes; axis, le, babble, yhood remain.
        let prefixes: [UInt8] =
            [0x80, 0x01, 0x04, 0x04, 0x00]
            + [0x03, 3, 0, 0, 0, 0b0100_0100, 0b1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]  // 2, -2, 3
        let suffixes: [UInt8] =
            [0x80, 0x01, 0x04, 0x04, 0x08]
            + [0x03, 3, 0, 0, 0, 0b0011_0000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]  // -2, 4, -1
        let encoded = encode(Samples.strings(["axis", "axle", "babble", "babyhood"]), .delta)
        #expect(Array(encoded[..<5]) == Array(prefixes[..<5]))
        #expect(encoded.suffix(17) == Array("axislebabbleyhood".utf8)[...])
        #expect(encoded.count == prefixes.count + suffixes.count + 17)
    }

    @Test(arguments: [0, 1, 7, 130, 1000], [false, true])
    func `reads back strings`(count: Int, isSorted: Bool) throws {
        var random = SampleRandom(seed: 9)
        var values = (0..<count).map { _ in
            String(repeating: "ab", count: random.next(below: 30)) + String(random.next(below: 5000))
        }
        if isSorted { values.sort() }
        let column = Samples.strings(values)
        let start = Samples.strings(["before", ""])
        for encoding in ByteEncoding.allCases {
            let encoded = encode(column, encoding)
            #expect(try decode(encoded, count: count, encoding) == column)
            #expect(
                try decode(encoded, count: count, encoding, onto: start)
                    == Samples.strings(["before", ""] + values))
        }
        if isSorted, count > 100 { #expect(encode(column, .delta).count < column.bytes.count / 2) }
    }

    @Test func `reads back strings that are all empty`() throws {
        let column = Samples.strings(["", "", ""])
        for encoding in ByteEncoding.allCases {
            #expect(try decode(encode(column, encoding), count: 3, encoding) == column)
        }
    }

    @Test func `refuses strings that exceed the page or the limit`() throws {
        let lengths = encode([3, 4] as [Int32])
        let cases: [([UInt8], ByteEncoding, Int, String)] = [
            (lengths + [1, 2, 3, 4, 5, 6], .deltaLength, 100, "strings of 7 bytes where 6 remain"),
            (
                lengths + [1, 2, 3, 4, 5, 6, 7], .deltaLength, 6,
                "the column takes more than 6 bytes"
            ),
            (encode([3, -1] as [Int32]) + [1, 2], .deltaLength, 100, "a string of -1 bytes"),
            (
                encode([0, 4] as [Int32]) + lengths + [1, 2, 3, 4, 5, 6, 7], .delta, 100,
                "a prefix of 4 bytes after a string of 3"
            ),
            (
                encode([1, 0] as [Int32]) + lengths + [1, 2, 3, 4, 5, 6, 7], .delta, 100,
                "a prefix of 1 bytes after a string of 0"
            ),
            (encode([0, -1] as [Int32]) + lengths, .delta, 100, "a string of -1 bytes"),
            (
                encode([0, 3] as [Int32]) + lengths + [1, 2, 3, 4, 5, 6], .delta, 100,
                "suffixes of 7 bytes where 6 remain"
            ),
            (
                encode([0, 3] as [Int32]) + lengths + [1, 2, 3, 4, 5, 6, 7], .delta, 9,
                "the column takes more than 9 bytes"
            ),
        ]
        for (bytes, encoding, maximum, cause) in cases {
            let error = try #require(throws: ParquetError.self) {
                try decode(bytes, count: 2, encoding, sizeBytesMaximum: maximum)
            }
            #expect(error.cause == cause)
        }
    }

    @Test func `refuses or reads whatever bytes come`() throws {
        var random = SampleRandom(seed: 4)
        for _ in 0..<3000 {
            let tail = (0..<random.next(below: 80)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let count = random.next(below: 40)
            let bytes = [0x80, 0x01, 0x04, UInt8(count), UInt8(random.next(below: 9))] + tail
            for encoding in ByteEncoding.allCases {
                do throws(ParquetError) {
                    #expect(
                        try decode(bytes, count: count, encoding, sizeBytesMaximum: 1000).count == count)
                } catch {
                    #expect(error.kind == .corrupt || error.kind == .limitExceeded)
                }
            }
        }
    }

    @Test func `splits the specification's values into streams`() throws {
        let values: [UInt8] = [0xaa, 0xbb, 0xcc, 0xdd, 0x00, 0x11, 0x22, 0x33, 0xa3, 0xb4, 0xc5, 0xd6]
        let streams: [UInt8] = [0xaa, 0x00, 0xa3, 0xbb, 0x11, 0xb4, 0xcc, 0x22, 0xc5, 0xdd, 0x33, 0xd6]
        var output: [UInt8] = []
        values.withUnsafeBytes { ByteStreamSplit.encode($0, width: 4, into: &output) }
        #expect(output == streams)
    }

    @Test(arguments: [1, 2, 4, 5, 8, 16])
    func `joins streams`(width: Int) throws {
        var random = SampleRandom(seed: 2)
        for count in [0, 1, 33] {
            let values = (0..<count * width).map { _ in UInt8(random.next(below: 256)) }
            var streams: [UInt8] = []
            values.withUnsafeBytes { ByteStreamSplit.encode($0, width: width, into: &streams) }
            var back = [UInt8](repeating: 0, count: values.count)
            try back.withUnsafeMutableBytes { back in
                try streams.withUnsafeBytes { streams in
                    var cursor = ByteCursor(streams)
                    try ByteStreamSplit.decode(&cursor, width: width, into: back)
                }
            }
            #expect(back == values)
        }
    }

    @Test func `refuses streams that end early`() throws {
        var output: [UInt8] = [0, 0, 0, 0]
        let error = try #require(throws: ParquetError.self) {
            try output.withUnsafeMutableBytes { output in
                try [UInt8]([1, 2, 3]).withUnsafeBytes { bytes in
                    var cursor = ByteCursor(bytes)
                    try ByteStreamSplit.decode(&cursor, width: 4, into: output)
                }
            }
        }
        #expect(error.cause == "4 bytes wanted where 3 remain")
    }
}
