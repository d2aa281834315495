import Testing

@testable import Parquet

struct DamagedFileTests {
    private static let schema = Schema([
        .init("key", .string), .init("count", .int32, isNullable: true),
        .init("flag", .boolean, isNullable: true),
        .init("ratio", .double, isNullable: true), .init("tag", .string, isNullable: true),
    ])

    /// A small file that has each kind of page: plain, dictionary, booleans, levels with and without nulls.
    private static func make(_ compression: Compression) throws -> [UInt8] {
        let rows = 40
        let columns = [
            ColumnVector(.bytes(Samples.strings((0..<rows).map { "key \($0)" }))),
            ColumnVector(
                .int32((0..<Int32(rows)).map { $0 % 3 == 0 ? 0 : $0 }),
                validity: (0..<rows).map { $0 % 3 != 0 }),
            ColumnVector(.boolean((0..<rows).map { $0 % 2 == 0 })),
            ColumnVector(
                .double([Double](repeating: 0, count: rows)), validity: [Bool](repeating: false, count: rows)),
            ColumnVector(
                .bytes(Samples.strings((0..<rows).map { $0 % 5 == 0 ? "" : "tag \($0 % 2)" })),
                validity: (0..<rows).map { $0 % 5 != 0 }),
        ]
        return try ParquetFile.encode(
            schema: schema, batch: ColumnBatch(rowCount: rows, columns: columns),
            options: .make {
                $0.compression = compression
                $0.rowGroupRowCountMaximum = 25
                $0.pageRowCountMaximum = 10
                $0.keyValueMetadata = [("a", "b")]
            })
    }

    /// Limits under which a file that lies about its size cannot slow the tests.
    private static let limits = {
        var limits = ReaderLimits()
        limits.pageSizeBytesMaximum = 1 << 20
        limits.decodedSizeBytesMaximum = 1 << 20
        return limits
    }()

    @Test(arguments: [Compression.uncompressed, .zstd(level: 3)])
    func `refuses a file cut at any byte`(compression: Compression) throws {
        let file = try Self.make(compression)
        for count in 0..<file.count {
            #expect(throws: ParquetError.self, "the first \(count) bytes") {
                try ParquetReader(Array(file[..<count]), limits: Self.limits).read()
            }
        }
    }

    /// Whatever the damage, reading must end with rows or a ``ParquetError``; a trap would end the test run.
    @Test(arguments: [Compression.uncompressed, .zstd(level: 3)], 0..<4)
    func `survives damage`(compression: Compression, seed: Int) throws {
        let file = try Self.make(compression)
        let footerSize = Int(file[file.count - 8]) | Int(file[file.count - 7]) << 8
        var random = SampleRandom(seed: UInt64(seed))
        var refused = 0
        for mutant in 0..<750 {
            var bytes = file
            for _ in 0...random.next(below: 3) {
                // Half of the damage goes to the footer, where the lengths are.
                let start = mutant % 2 == 0 ? file.count - 8 - footerSize : 0
                let position = start + random.next(below: file.count - start)
                switch random.next(below: 6) {
                case 0: bytes[position] ^= 1 << UInt8(random.next(below: 8))
                case 1: bytes[position] = 0xff
                case 2: bytes[position] = 0
                case 3: bytes[position] = UInt8(random.next(below: 256))
                case 4:
                    // A varint of some 2^63, where it fits.
                    for index in position..<min(position + 9, bytes.count) { bytes[index] = 0xff }
                    if position + 9 < bytes.count { bytes[position + 9] = 0x01 }
                default: bytes[position] = bytes[random.next(below: bytes.count)]
                }
            }
            do throws(ParquetError) {
                _ = try ParquetReader(bytes, limits: Self.limits).read()
            } catch {
                refused += 1
            }
        }
        #expect(refused > 300)
    }

    /// The pages themselves, where the checksums would otherwise hide what comes after them.
    @Test(arguments: 0..<4)
    func `survives damaged pages that pass the checksum`(seed: Int) throws {
        let schema = Schema([Schema.Field("tag", .string, isNullable: true)])
        var random = SampleRandom(seed: UInt64(seed))
        for mutant in 0..<400 {
            let body = (0..<random.next(below: 60)).map { _ in
                UInt8(truncatingIfNeeded: mutant % 2 == 0 ? random.next() : random.next() & 7)
            }
            let encoding: Encoding = mutant % 3 == 0 ? .plain : .rleDictionary
            let file = TestFile.make(
                schema: schema, rowCount: 20,
                pages: [
                    TestFile.dictionaryPage([3, 0, 0, 0, 97, 98, 99, 0, 0, 0, 0], count: 2),
                    TestFile.dataPage([UInt8(random.next(below: 8)), 0, 0, 0] + body, count: 20, encoding),
                ])
            do throws(ParquetError) {
                let batch = try ParquetReader(file, limits: Self.limits).read()
                #expect(batch.rowCount == 20)
            } catch {
                #expect(error.kind != .invalidInput)
            }
        }
    }

    @Test func `names row group, column and page of a wrong checksum`() throws {
        var file = try Self.make(.uncompressed)
        let position = try #require(file.firstRange(of: Array("key 30".utf8))).lowerBound
        file[position] = 75
        let error = try #require(throws: ParquetError.self) { try ParquetReader(file).read() }
        #expect(error.kind == .corrupt)
        #expect(error.rowGroup == 1)
        #expect(error.column == "key")
        #expect(error.page == 0)
        #expect(
            error.description.hasPrefix(
                "read parquet row group 1 column \"key\" page 0 failed: the checksum is "))
        #expect(error.description.hasSuffix("; the file is damaged, fetch or write it again"))
    }

    @Test(arguments: [
        ("", "0 bytes are no Parquet file, which has 12 at least"),
        ("PAR1________PAR2", "the file does not start and end with PAR1"),
        ("PAR1\u{9}\0\0\0PAR1", "a footer of 9 bytes in a file of 12"),
        ("PAR1\0\0\0\0PARE", "the footer is encrypted"),
        ("PAR1\0\0\0\0PAR1", "bytes end at 0 where one more was expected"),
    ])
    func `refuses what is no Parquet file`(content: String, cause: String) throws {
        let error = try #require(throws: ParquetError.self) { try ParquetReader(Array(content.utf8)) }
        #expect(error.cause == cause)
        #expect(error.operation == .read)
    }
}
