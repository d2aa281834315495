import Foundation
import Synchronization
import Testing

@testable import Parquet

/// A file in memory that counts what is asked of it.
private final class RecordingSource: ByteRangeSource {
    private let base: MemoryByteRangeSource
    private let ranges = Mutex<[Range<Int>]>([])
    private let shortBy: Int

    init(_ bytes: [UInt8], shortBy: Int = 0) {
        base = MemoryByteRangeSource(bytes)
        self.shortBy = shortBy
    }

    var sizeBytes: Int { base.sizeBytes }

    func read(_ range: Range<Int>) async throws -> [UInt8] {
        ranges.withLock { $0.append(range) }
        return base.read(range).dropLast(shortBy)
    }

    /// The requests since the last call, in the order of the file.
    func takeRequests() -> [Range<Int>] {
        ranges.withLock { ranges in
            defer { ranges = [] }
            return ranges.sorted { $0.lowerBound < $1.lowerBound }
        }
    }
}

struct ByteRangeSourceTests {
    private static let rowCount = 30_000
    private static let names = ["boolean", "int64", "double", "string"]

    /// Three row groups of some hundred kilobytes each, without compression.
    private static func make() throws -> (file: [UInt8], batch: ColumnBatch) {
        let types = Samples.types.filter { names.contains($0.name) }
        let (schema, batch) = Samples.batch(types, shape: .allDistinct, isNullable: true, rowCount: rowCount)
        let options = WriterOptions.make {
            $0.compression = .uncompressed
            $0.rowGroupRowCountMaximum = 10_000
        }
        return (try ParquetFile.encode(schema: schema, batch: batch, options: options), batch)
    }

    /// The stored pages of a column, one range a row group.
    private static func chunks(_ file: [UInt8], _ column: Int) throws -> [Range<Int>] {
        let metadata = try ParquetReader(file).metadata
        var ranges: [Range<Int>] = []
        for rowGroup in metadata.rowGroups.indices {
            ranges.append(try metadata.chunk(column, rowGroup: rowGroup).range)
        }
        return ranges
    }

    @Test func `reads a footer with one request`() async throws {
        let (file, _) = try Self.make()
        let source = RecordingSource(file)
        let reader = try await RangedParquetReader(source)
        #expect(reader.metadata.rowCount == Self.rowCount)
        #expect(reader.metadata.rowGroups.map(\.rowCount) == [10_000, 10_000, 10_000])
        #expect(source.takeRequests() == [file.count - 65_536..<file.count])
    }

    @Test func `reads a footer that is longer than expected with a second request`() async throws {
        let (file, batch) = try Self.make()
        let source = RecordingSource(file)
        var options = RangedReaderOptions()
        options.footerSizeBytes = 100
        let reader = try await RangedParquetReader(source, options: options)
        let pagesEnd = reader.metadata.pagesEnd
        #expect(source.takeRequests() == [pagesEnd..<file.count - 100, file.count - 100..<file.count])
        #expect(try await reader.read(columns: ["int64"]).columns == [batch.columns[1]])
    }

    @Test func `reads a small file with one request`() async throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: true, rowCount: 100)
        let file = try ParquetFile.encode(schema: schema, batch: batch)
        let source = RecordingSource(file)
        let reader = try await RangedParquetReader(source)
        #expect(try await reader.read() == batch)
        #expect(source.takeRequests() == [0..<file.count])
    }

    @Test func `asks for the chunks of the wanted columns and nothing else`() async throws {
        let (file, batch) = try Self.make()
        let source = RecordingSource(file)
        var options = RangedReaderOptions()
        options.gapSizeBytesMaximum = 0
        options.footerSizeBytes = 4096
        let reader = try await RangedParquetReader(source, options: options)
        _ = source.takeRequests()
        let read = try await reader.read(columns: ["string", "boolean"])
        #expect(read.columns == [batch.columns[3], batch.columns[0]])
        let wanted = try (Self.chunks(file, 0) + Self.chunks(file, 3)).sorted {
            $0.lowerBound < $1.lowerBound
        }
        #expect(source.takeRequests() == wanted)

        // Neighbours are one request.
        _ = try await reader.read(columns: ["int64", "double"], rowGroups: [1])
        #expect(
            try source.takeRequests()
                == [Self.chunks(file, 1)[1].lowerBound..<Self.chunks(file, 2)[1].upperBound])

        #expect(try await reader.read(columns: []).rowCount == Self.rowCount)
        #expect(source.takeRequests().isEmpty)
    }

    @Test func `makes one request of two where little lies between`() async throws {
        let (file, batch) = try Self.make()
        let gap = try Self.chunks(file, 3)[0].lowerBound - Self.chunks(file, 1)[0].upperBound
        for (gapSizeBytesMaximum, count) in [(gap, 1), (gap - 1, 2)] {
            let source = RecordingSource(file)
            var options = RangedReaderOptions()
            options.gapSizeBytesMaximum = gapSizeBytesMaximum
            let reader = try await RangedParquetReader(source, options: options)
            _ = source.takeRequests()
            let read = try await reader.read(columns: ["string", "int64"], rowGroups: [0])
            #expect(read.columns == [batch.columns[3].slice(0..<10_000), batch.columns[1].slice(0..<10_000)])
            #expect(source.takeRequests().count == count)
        }
    }

    @Test func `asks for no more at once than allowed`() async throws {
        let (file, batch) = try Self.make()
        let source = RecordingSource(file)
        var options = RangedReaderOptions()
        options.gapSizeBytesMaximum = -1
        options.concurrentRequestCountMaximum = 1
        let reader = try await RangedParquetReader(source, options: options)
        #expect(try await reader.read() == batch)
        // Twelve chunks, of which none is joined to its neighbour; the last ones came with the footer.
        #expect((11...13).contains(source.takeRequests().count))
    }

    @Test func `reads only the row groups that bounds leave`() async throws {
        let schema = Schema([.init("day", .int32), .init("text", .string)])
        let columns = [
            ColumnVector(.int32((0..<9000).map { Int32($0 / 3000) })),
            ColumnVector(.bytes(Samples.strings((0..<9000).map { "row \($0) \($0 &* 7919)" }))),
        ]
        let file = try ParquetFile.encode(
            schema: schema, batch: ColumnBatch(rowCount: 9000, columns: columns),
            options: .make { $0.rowGroupRowCountMaximum = 3000 })
        let source = RecordingSource(file)
        var options = RangedReaderOptions()
        options.footerSizeBytes = 512
        let reader = try await RangedParquetReader(source, options: options)
        _ = source.takeRequests()
        let batch = try await reader.read(columns: ["day"], where: .compare("day", .equal, 1))
        #expect(batch.columns == [columns[0].slice(3000..<6000)])
        #expect(try source.takeRequests() == [Self.chunks(file, 0)[1]])
        #expect(try await reader.read(where: .compare("day", .greater, 2)).rowCount == 0)
        #expect(source.takeRequests().isEmpty)
        #expect(try ParquetReader(file).read(columns: ["day"], where: .compare("day", .equal, 1)) == batch)
    }

    @Test func `gives the same rows row group by row group`() async throws {
        let (file, batch) = try Self.make()
        let reader = try await RangedParquetReader(MemoryByteRangeSource(file))
        var batches: [ColumnBatch] = []
        for rowGroup in reader.metadata.rowGroups.indices {
            batches.append(try await reader.read(rowGroups: [rowGroup]))
        }
        #expect(batches.map(\.rowCount) == [10_000, 10_000, 10_000])
        #expect(ColumnBatch.concatenated(batches) == batch)
        #expect(try ParquetReader(file).read(rowGroups: [2, 0]) == .concatenated([batches[2], batches[0]]))
        let error = try #require(throws: ParquetError.self) { try ParquetReader(file).read(rowGroups: [3]) }
        #expect(
            error.description
                == "read parquet row group 3 failed: the file has 3 row groups; name one of them, from 0")
    }

    @Test func `reads a file on disk`() async throws {
        let (file, batch) = try Self.make()
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).parquet")
        try Data(file).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let source = try FileByteRangeSource(path: url.path)
        #expect(source.sizeBytes == file.count)
        #expect(try source.read(5..<9) == Array(file[5..<9]))
        #expect(try await RangedParquetReader(source).read() == batch)
        try Data(file.dropLast(10)).write(to: url, options: [])
        let shorter = try #require(throws: FileByteRangeSource.Failure.self) {
            _ = try FileByteRangeSource(path: url.path).read(file.count - 12..<file.count)
        }
        #expect(
            shorter.description
                == "read \(url.path) failed: it has become shorter; check that the file is there and complete"
        )
    }

    @Test func `names a file that is not there`() throws {
        let error = try #require(throws: FileByteRangeSource.Failure.self) {
            try FileByteRangeSource(path: "/nonexistent/file.parquet")
        }
        #expect(
            error.description
                == "read /nonexistent/file.parquet failed: No such file or directory; "
                + "check that the file is there and complete")
    }

    @Test func `refuses a source that gives less than asked for`() async throws {
        let (file, _) = try Self.make()
        let error = try await #require(throws: ParquetError.self) {
            try await RangedParquetReader(RecordingSource(file, shortBy: 1))
        }
        #expect(
            error.cause
                == "the source gave 65535 bytes for the range \(file.count - 65_536)..<\(file.count)")
    }

    @Test(arguments: [
        ("", "0 bytes are no Parquet file, which has 12 at least"),
        ("PAR1____PARE", "the footer is encrypted"),
        ("PAR1____PAR2", "the file does not start and end with PAR1"),
        ("PAR1\u{1}\0\0\0PAR1", "a footer of 1 bytes in a file of 12"),
    ])
    func `refuses what is no Parquet file`(content: String, cause: String) async throws {
        let error = try await #require(throws: ParquetError.self) {
            try await RangedParquetReader(MemoryByteRangeSource(Array(content.utf8)))
        }
        #expect(error.cause == cause)
    }

    @Test func `holds the limit on all columns together`() async throws {
        let (file, _) = try Self.make()
        var limits = ReaderLimits()
        limits.decodedSizeBytesMaximum = 400_000
        let reader = try await RangedParquetReader(MemoryByteRangeSource(file), limits: limits)
        // 30,000 rows of eight bytes and one of validity.
        _ = try await reader.read(columns: ["int64"])
        let error = try await #require(throws: ParquetError.self) {
            try await reader.read(columns: ["int64", "double"])
        }
        #expect(error.cause == "the columns take more than 400000 bytes")
        #expect(error.kind == .limitExceeded)
        let same = try #require(throws: ParquetError.self) {
            try ParquetReader(file, limits: limits).read(columns: ["int64", "double"])
        }
        #expect(same.cause == error.cause)
    }
}
