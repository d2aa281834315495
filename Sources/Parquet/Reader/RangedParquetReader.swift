/// Reads a Parquet file that lies elsewhere, asking only for the byte ranges that are needed.
///
/// One request reads the footer, unless it is longer than expected; it is kept, and a small file needs no other. Each row group
/// then takes one request for each stretch of chunks that lie close together. The bytes need not be trusted: see
/// ``ParquetReader``.
///
/// To read a file that does not fit into memory, read one row group after another:
///
/// ```swift
/// for rowGroup in reader.metadata.rowGroups.indices {
///     let batch = try await reader.read(columns: ["plays"], rowGroups: [rowGroup])
/// }
/// ```
public struct RangedParquetReader<Source: ByteRangeSource>: Sendable {
    /// What the footer says.
    public let metadata: ParquetMetadata

    private let source: Source
    private let options: RangedReaderOptions
    private let limits: ReaderLimits
    /// The file's last bytes, which were read with the footer.
    private let tail: FetchedRange

    /// Reads the footer.
    ///
    /// - Parameters:
    ///   - source: The file.
    ///   - options: What makes a good request.
    ///   - limits: How much memory the file may ask for.
    /// - Throws: ``ParquetError`` when the footer is damaged, or the source's error.
    public init(
        _ source: Source, options: RangedReaderOptions = RangedReaderOptions(),
        limits: ReaderLimits = ReaderLimits()
    ) async throws {
        let sizeBytes = source.sizeBytes
        guard sizeBytes >= 12 else {
            throw ParquetError.corrupt("\(sizeBytes) bytes are no Parquet file, which has 12 at least")
        }
        var tail = try await source.fetch(
            sizeBytes - min(max(options.footerSizeBytes, 12), sizeBytes)..<sizeBytes)
        let footer = try tail.withUnsafeBytes(tail.range) { bytes throws(ParquetError) in
            try FileTail.footer(bytes, fileSizeBytes: sizeBytes)
        }
        if footer.lowerBound < tail.range.lowerBound {
            guard footer.count <= limits.footerSizeBytesMaximum else {
                throw ParquetError.limitExceeded(
                    "a footer of \(footer.count) bytes, \(limits.footerSizeBytesMaximum) are allowed")
            }
            tail = try await source.fetch(footer.lowerBound..<tail.range.lowerBound).joined(to: tail)
        }
        // Without the first letters this asks for no request of its own.
        let hasStart = tail.range.lowerBound == 0
        try tail.withUnsafeBytes(tail.range.prefix(4)) { bytes throws(ParquetError) in
            guard !hasStart || bytes.elementsEqual("PAR1".utf8) else {
                throw .corrupt("the file does not start and end with PAR1")
            }
        }
        metadata = try tail.withUnsafeBytes(footer) { bytes throws(ParquetError) in
            try ParquetMetadata(footer: bytes, pagesEnd: footer.lowerBound, limits: limits)
        }
        self.tail = tail
        self.source = source
        self.options = options
        self.limits = limits
    }

    /// Reads rows; holds the stored chunks of one row group at a time beside the rows.
    ///
    /// - Parameters:
    ///   - columns: The columns to read, in the order wanted; nil reads all. Of the others nothing is asked for, but for gaps.
    ///   - rowGroups: The row groups to read, from 0, in the order wanted; nil reads all.
    /// - Returns: The rows of these row groups, one after another; columns without nulls have no validity.
    /// - Throws: ``ParquetError`` as ``ParquetReader/read(columns:rowGroups:)``, or the source's error.
    public func read(columns: [String]? = nil, rowGroups: [Int]? = nil) async throws -> ColumnBatch {
        let selected = try metadata.selection(columns)
        let groups = try metadata.selection(rowGroups: rowGroups)
        let rowCount = try metadata.rowCount(groups)
        let decompressors = PageDecompressors()
        var readers: [AnyColumnReader] = []
        for column in selected {
            readers.append(
                try metadata.makeColumnReader(column, limits: limits, decompressors: decompressors))
        }
        var sizeBytes = 0
        for rowGroup in groups {
            var chunks: [ChunkLocation] = []
            for column in selected { chunks.append(try metadata.chunk(column, rowGroup: rowGroup)) }
            let fetched = try await fetch(chunks.map(\.range))
            for position in selected.indices {
                let chunk = chunks[position]
                let before = readers[position].sizeBytes
                try Self.bytes(chunk.range, in: fetched) { bytes throws(ParquetError) in
                    try metadata.read(
                        chunk, bytes, column: selected[position], rowGroup: rowGroup,
                        with: readers[position],
                        sizeBytesMaximum: limits.decodedSizeBytesMaximum - (sizeBytes - before))
                }
                sizeBytes += readers[position].sizeBytes - before
            }
        }
        return ColumnBatch(rowCount: rowCount, columns: readers.map(\.column))
    }

    /// Reads the row groups that may hold rows of which something is true.
    ///
    /// - Parameters:
    ///   - columns: The columns to read; nil reads all.
    ///   - predicate: What the rows are wanted for. It leaves out whole row groups; rows are not looked at, so that the result holds
    ///     rows of which it is not true.
    /// - Returns: The rows of these row groups.
    /// - Throws: ``ParquetError`` as ``read(columns:rowGroups:)``, and when the predicate does not go with the columns; or the
    ///   source's error.
    public func read(columns: [String]? = nil, where predicate: RowGroupPredicate) async throws -> ColumnBatch
    {
        try await read(columns: columns, rowGroups: metadata.rowGroups(where: predicate))
    }

    /// Reads what the ranges need and the tail does not hold.
    private func fetch(_ ranges: [Range<Int>]) async throws -> [FetchedRange] {
        let wanted = ranges.filter { !$0.isEmpty && $0.lowerBound < tail.range.lowerBound }
        // What reaches into the tail is read again as a whole: it is one request either way.
        let requests = Self.coalesced(wanted, gapSizeBytesMaximum: options.gapSizeBytesMaximum)
        guard requests.count > 1 else {
            var fetched = [tail]
            for request in requests { fetched.append(try await source.fetch(request)) }
            return fetched
        }
        return try await withThrowingTaskGroup(of: FetchedRange.self) { group in
            var rest = requests[...]
            for request in rest.prefix(max(1, options.concurrentRequestCountMaximum)) {
                group.addTask { try await source.fetch(request) }
                rest = rest.dropFirst()
            }
            var fetched = [tail]
            while let range = try await group.next() {
                fetched.append(range)
                guard let request = rest.popFirst() else { continue }
                group.addTask { try await source.fetch(request) }
            }
            return fetched
        }
    }

    /// As few ranges as cover the given ones, joined where no more than so many bytes lie between them.
    static func coalesced(_ ranges: [Range<Int>], gapSizeBytesMaximum: Int) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound - last.upperBound <= gapSizeBytesMaximum {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }

    /// Calls `use` with the bytes of a range, which one of the fetched ranges holds.
    private static func bytes(
        _ range: Range<Int>, in fetched: [FetchedRange],
        _ use: (UnsafeRawBufferPointer) throws(ParquetError) -> Void
    ) throws(ParquetError) {
        guard !range.isEmpty else { return try use(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard
            let holder = fetched.first(where: {
                $0.range.lowerBound <= range.lowerBound && $0.range.upperBound >= range.upperBound
            })
        else { preconditionFailure("every chunk was fetched") }
        try holder.withUnsafeBytes(range, use)
    }
}

/// What makes a good request; the defaults suit an object store, where each costs tens of milliseconds.
public struct RangedReaderOptions: Sendable, Equatable {
    /// Bytes read from the file's end to find the footer.
    public var footerSizeBytes = 64 * 1024
    /// Bytes that are read in vain at most to make one request of two.
    public var gapSizeBytesMaximum = 512 * 1024
    /// Requests in flight at most.
    public var concurrentRequestCountMaximum = 8

    /// The defaults.
    public init() {}
}

/// Some bytes of a file and where they are.
private struct FetchedRange: Sendable {
    let range: Range<Int>
    private let bytes: [UInt8]

    init(_ range: Range<Int>, _ bytes: [UInt8]) {
        self.range = range
        self.bytes = bytes
    }

    /// These bytes and those that come right after them.
    func joined(to next: FetchedRange) -> FetchedRange {
        FetchedRange(range.lowerBound..<next.range.upperBound, bytes + next.bytes)
    }

    /// Calls `use` with the bytes of a range of the file that lies within.
    func withUnsafeBytes<Result>(
        _ part: Range<Int>, _ use: (UnsafeRawBufferPointer) throws(ParquetError) -> Result
    ) throws(ParquetError) -> Result {
        try bytes.withUnsafeBufferPointer { buffer throws(ParquetError) in
            try use(
                UnsafeRawBufferPointer(
                    rebasing: UnsafeRawBufferPointer(buffer)[
                        part.lowerBound - range.lowerBound..<part.upperBound - range.lowerBound]))
        }
    }
}

extension ByteRangeSource {
    /// Reads a range, and refuses an answer of another length.
    fileprivate func fetch(_ range: Range<Int>) async throws -> FetchedRange {
        let bytes = try await read(range)
        guard bytes.count == range.count else {
            throw ParquetError(
                kind: .corrupt, operation: .read,
                cause: "the source gave \(bytes.count) bytes for the range \(range)",
                remedy: "see whether the file has changed meanwhile")
        }
        return FetchedRange(range, bytes)
    }
}
