import AWS
import Datasets
import HTTP

/// The parts of one run in S3, as one attempt at it reads and writes them.
struct PartShelf: Sendable {
    let store: any ObjectStore
    let bucket: String
    let run: Run
    /// Tells this attempt's parts from those of another attempt at the same run.
    let writerID: String
    let time: any TimeSource
    let random: any RandomSource

    /// Every part that is there, by stream and number.
    func parts() async throws -> [StoredPart] {
        var parts: [StoredPart] = []
        for stream in Stream.allCases {
            let prefix = ObjectLayout.partPrefix(stream: stream, run: run)
            for listed in try await store.list(prefix: prefix, bucket: bucket) {
                guard let number = ObjectLayout.partNumber(ofKey: listed.key, prefix: prefix),
                    let part = try await part(stream: stream, number: number)
                else { continue }
                parts.append(part)
            }
        }
        return parts
    }

    /// Writes lines as their stream's next part.
    ///
    /// A part that another attempt wrote under the number is adopted, and the lines go whole under the next one: what that
    /// attempt read of the same pages is of another moment, and a row that moved in between would be in neither if pages of
    /// both were mixed. A refusal may also be the echo of this attempt's own write whose reply was lost.
    ///
    /// - Parameters:
    ///   - buffer: The lines.
    ///   - metadata: Who wrote them and what they cover.
    ///   - number: The first number that may be free.
    /// - Returns: The parts that were adopted, and the one that was written, which is the last.
    /// - Throws: `S3Error`; ``PipelineError`` when an adopted part cannot be read, or too many writes collided.
    func write(_ buffer: PartBuffer, metadata: [String: String], from number: Int) async throws
        -> [StoredPart]
    {
        let bytes = try buffer.compressed()
        var parts: [StoredPart] = []
        while true {
            let part = try await writeOrAdopt(
                bytes, metadata: metadata, stream: buffer.stream, number: number + parts.count)
            parts.append(part)
            if part.writerID == writerID { return parts }
        }
    }

    /// Writes a part under a number, or takes the one that is there.
    private func writeOrAdopt(_ bytes: [UInt8], metadata: [String: String], stream: Stream, number: Int)
        async throws -> StoredPart
    {
        let key = ObjectLayout.partKey(stream: stream, run: run, number: number)
        return try await redoingOnConflict("s3://\(bucket)/\(key)", time: time, random: random) {
            do {
                let etag = try await store.put(
                    key, bucket: bucket, body: bytes, contentType: "application/gzip",
                    condition: .ifNoneMatch, metadata: metadata)
                return try storedPart(
                    stream: stream, number: number, bytes: bytes, etag: etag, metadata: metadata)
            } catch let error as S3Error where error.isWriteConflict {
                // 409 says that another write is under way; until it is done there is nothing to adopt.
                guard let part = try await part(stream: stream, number: number) else { throw error }
                return part
            }
        }
    }

    /// A part that is there; nil when it is not.
    private func part(stream: Stream, number: Int) async throws -> StoredPart? {
        let key = ObjectLayout.partKey(stream: stream, run: run, number: number)
        guard let object = try await store.objectIfPresent(key, bucket: bucket) else { return nil }
        return try storedPart(
            stream: stream, number: number, bytes: object.body, etag: object.attributes.etag,
            metadata: object.attributes.metadata)
    }

    /// Counts a part's exchanges and rows from its bytes.
    private func storedPart(
        stream: Stream, number: Int, bytes: [UInt8], etag: ETag, metadata: [String: String]
    ) throws -> StoredPart {
        let key = ObjectLayout.partKey(stream: stream, run: run, number: number)
        let isLap = metadata[PartMetadata.lapPages] != nil
        var part = StoredPart(
            stream: stream, number: number, key: key, etag: etag, sizeBytes: bytes.count,
            writerID: metadata[PartMetadata.writerID],
            partsKnown: metadata[PartMetadata.partsKnown].flatMap { Int($0) } ?? 0,
            runStart: metadata[PartMetadata.runStart].flatMap { Timestamp(rfc3339: $0) },
            floor: metadata[PartMetadata.floor].flatMap { Timestamp(rfc3339: $0) }, exchanges: [])
        try PartReader().forEachExchange(in: bytes, key: key, bucket: bucket, runID: run.id) {
            exchange, body in
            let subject: ExchangeFacts.Subject
            if let page = exchange.page {
                subject = isLap ? .lapPage(page) : .page(page, segment: exchange.segment ?? 1)
            } else {
                subject = .media(exchange.mediaID ?? "")
            }
            part.exchanges.append(try ExchangeFacts(stream: stream, subject: subject, body: body))
        }
        return part
    }
}
