import Testing

@testable import Parquet

/// Whatever the damage, reading must end with rows or a ``ParquetError``; a trap would end the test run.
///
/// `scripts/fuzz.sh` runs many more, optimised, and watches the memory.
struct MutationTests {
    /// A small file of one column, and how many mutants of it are tried.
    struct Seed: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var file: [UInt8]
    }

    /// Limits under which a file that lies about its size cannot slow the tests.
    private static let limits = {
        var limits = ReaderLimits()
        limits.footerSizeBytesMaximum = 1 << 20
        limits.metadataSizeBytesMaximum = 1 << 20
        limits.pageSizeBytesMaximum = 1 << 20
        limits.dictionarySizeBytesMaximum = 1 << 20
        limits.decodedSizeBytesMaximum = 1 << 20
        return limits
    }()

    /// Every type in its usual encoding, every encoding, every codec that is written, V1 and V2 pages.
    ///
    /// They have no checksums: those would find the damage first.
    private static let seeds: [Seed] = {
        do {
            var seeds: [Seed] = []
            for (name, type) in Samples.allTypes {
                seeds.append(try seed(name, type, .make { _ in }))
            }
            for encoding in ValueEncoding.allCases {
                for (name, type) in Samples.types + [("fixed", .fixedBytes(length: 7))]
                where encoding.isDefined(for: type) {
                    let options = WriterOptions.make { $0.columns[name] = ColumnOptions(encoding: encoding) }
                    seeds.append(try seed(name, type, options))
                    seeds.append(try seed(name, type, options, isV2: true))
                }
            }
            for compression in [Compression.snappy, .gzip(level: 6), .uncompressed] {
                seeds.append(
                    try seed("string", .string, .make { $0.compression = compression }))
            }
            return seeds
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static func seed(
        _ name: String, _ type: Schema.FieldType, _ options: WriterOptions, isV2: Bool = false
    ) throws -> Seed {
        var options = options
        options.pageRowCountMaximum = 20
        let schema = Schema([Schema.Field(name, type, isNullable: true)])
        let column = Samples.column(type, isNullable: true, shape: .mixed, seed: 3, rowCount: 45)
        let file = try ParquetFile.encode(
            schema: schema, batch: ColumnBatch(rowCount: 45, columns: [column]), options: options)
        let footer = try file.withUnsafeBufferPointer { file throws(ParquetError) in
            try FileMetaData.read(UnsafeRawBufferPointer(file)).0
        }
        let metaData = try #require(footer.rowGroups[0].columns[0].metaData)
        let pages = try pages(file, metaData).map { isV2 ? try $0.asV2() : $0 }
        let bare = TestFile.make(schema: schema, rowCount: 45, pages: pages) {
            $1.codec = isV2 ? .uncompressed : metaData.codec
        }
        // It says the same as the file it was made of.
        #expect(try ParquetReader(bare).read().columns == [column])
        return Seed(
            testDescription: "\(name) \(metaData.encodings) \(metaData.codec)\(isV2 ? " V2" : "")", file: bare
        )
    }

    /// The pages of a chunk, without their checksums.
    private static func pages(_ file: [UInt8], _ metaData: ColumnMetaData) throws -> [TestFile.Page] {
        var pages: [TestFile.Page] = []
        var position = Int(metaData.dictionaryPageOffset ?? metaData.dataPageOffset)
        let end = position + Int(metaData.compressedSizeBytes)
        while position < end {
            let (header, headerSizeBytes) = try file[position..<end].withUnsafeBytes { bytes in
                var reader = CompactReader(bytes)
                return (try PageHeader(from: &reader), reader.cursor.offset)
            }
            let bodyStart = position + headerSizeBytes
            position = bodyStart + Int(header.compressedSizeBytes)
            var page = TestFile.Page(header: header, body: Array(file[bodyStart..<position]))
            page.header.crc = nil
            pages.append(page)
        }
        return pages
    }

    private static let mutantsPerSeed = 1000

    @Test(arguments: seeds)
    func `survives every mutant`(seed: Seed) throws {
        var read = 0
        for number in 0..<Self.mutantsPerSeed {
            let mutant = Mutant.make(of: seed.file, number)
            do throws(ParquetError) {
                let reader = try ParquetReader(mutant, limits: Self.limits)
                _ = reader.metadata.rowGroups.map { group in
                    reader.schema.fields.map { group.statistics($0.name) }
                }
                _ = try reader.read(columns: reader.schema.fields.map(\.name))
                read += 1
            } catch {
                #expect(error.kind != .invalidInput, "mutant \(number)")
            }
        }
        // Some damage goes unnoticed, as there are no checksums; most must not.
        #expect(read < Self.mutantsPerSeed * 3 / 4)
    }

    @Test(arguments: [0, 1, 2, 3])
    func `reads a mutant alike from memory and from ranges`(part: Int) async throws {
        for (index, seed) in Self.seeds.enumerated() where index % 4 == part {
            for number in 0..<20 {
                let mutant = Mutant.make(of: seed.file, number)
                let direct = Result { () throws(ParquetError) in
                    let reader = try ParquetReader(mutant, limits: Self.limits)
                    return try reader.read(columns: reader.schema.fields.map(\.name))
                }
                let ranged: Result<ColumnBatch, ParquetError>
                do {
                    let reader = try await RangedParquetReader(
                        MemoryByteRangeSource(mutant), limits: Self.limits)
                    let names = reader.metadata.schema.fields.map(\.name)
                    ranged = .success(try await reader.read(columns: names))
                } catch let error as ParquetError {
                    ranged = .failure(error)
                }
                switch (direct, ranged) {
                case (.success(let left), .success(let right)):
                    // NaN differs from itself.
                    #expect("\(left.columns)" == "\(right.columns)", "\(seed) mutant \(number)")
                case (.failure(let left), .failure(let right)):
                    #expect(left == right, "\(seed) mutant \(number)")
                default: Issue.record("\(seed) mutant \(number): read by one of the two")
                }
            }
        }
    }

    @Test(arguments: seeds)
    func `refuses or reads a file cut at any byte`(seed: Seed) throws {
        for count in 0..<seed.file.count {
            #expect(throws: ParquetError.self, "the first \(count) bytes") {
                try ParquetReader(Array(seed.file[..<count]), limits: Self.limits).read()
            }
        }
    }
}

extension TestFile.Page {
    /// The same page with its levels before an uncompressed body, as V2 has it; dictionaries stay as they are.
    fileprivate func asV2() throws -> TestFile.Page {
        let body = try decompressed()
        guard let data = header.data else {
            return TestFile.dictionaryPage(body, count: Int(header.dictionary?.valueCount ?? 0))
        }
        let levelsSizeBytes = body.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        let content = Array(body.dropFirst(4))
        let header = PageHeader(
            type: .dataV2, uncompressedSizeBytes: Int32(content.count),
            compressedSizeBytes: Int32(content.count),
            dataV2: DataPageHeaderV2(
                valueCount: data.valueCount, nullCount: 0, rowCount: data.valueCount, encoding: data.encoding,
                definitionLevelsSizeBytes: Int32(levelsSizeBytes), isCompressed: false))
        return TestFile.Page(header: header, body: content)
    }

    private func decompressed() throws(ParquetError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: Int(header.uncompressedSizeBytes))
        let decompressor = ZstdDecompressor()
        try output.withUnsafeMutableBufferPointer { output throws(ParquetError) in
            try body.withUnsafeBufferPointer { body throws(ParquetError) in
                try decompressor.decompress(
                    UnsafeRawBufferPointer(body), into: UnsafeMutableRawBufferPointer(output))
            }
        }
        return output
    }
}
