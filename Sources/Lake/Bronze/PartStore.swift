import AWS
import HTTP
public import JSON

/// The parts of one run in S3, as one attempt at it reads and writes them.
///
/// Parts are never overwritten. Pages of two attempts are never mixed: each part names the attempt that wrote it.
public struct PartStore: Sendable {
    /// Under which name a part names the attempt that wrote it.
    static let writerIDName = "writer-id"

    /// Reads what a source needs to know of a line.
    public typealias Inspect<Line> =
        @Sendable (_ line: JSONValue, _ stream: Stream, _ metadata: [String: String]) throws
        -> Line

    let store: any ObjectStore
    let bucket: String
    let run: Run
    /// Tells this attempt's parts from those of another attempt at the same run.
    public let writerID: String
    let time: any TimeSource
    let random: any RandomSource

    /// Every part that is there, by stream and number.
    ///
    /// - Parameters:
    ///   - streams: The streams to look for, in this order.
    ///   - inspect: Reads a line.
    /// - Returns: The parts with their lines.
    /// - Throws: `S3Error`; ``LakeError`` when a part cannot be read; what `inspect` throws.
    public func parts<Line>(of streams: [Stream], inspect: Inspect<Line>) async throws -> [StoredPart<Line>] {
        var parts: [StoredPart<Line>] = []
        for stream in streams {
            let prefix = ObjectLayout.partPrefix(stream: stream, run: run)
            for listed in try await store.list(prefix: prefix, bucket: bucket) {
                guard let number = ObjectLayout.partNumber(ofKey: listed.key, prefix: prefix),
                    let part = try await part(stream: stream, number: number, inspect: inspect)
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
    ///   - metadata: What they cover.
    ///   - number: The first number that may be free.
    ///   - inspect: Reads a line of an adopted part.
    /// - Returns: The parts that were adopted, and the one that was written, which is the last.
    /// - Throws: `S3Error`; ``LakeError`` when an adopted part cannot be read, or too many writes collided.
    public func write<Line>(
        _ buffer: PartBuffer<Line>, metadata: [String: String], from number: Int,
        inspect: @escaping Inspect<Line>
    ) async throws -> [StoredPart<Line>] {
        let bytes = try Gzip.compress(buffer.content)
        var metadata = metadata
        metadata[PartStore.writerIDName] = writerID
        var parts: [StoredPart<Line>] = []
        while true {
            let number = number + parts.count
            let key = ObjectLayout.partKey(stream: buffer.stream, run: run, number: number)
            let written = try await retryingOnConflict("s3://\(bucket)/\(key)", time: time, random: random) {
                do {
                    let etag = try await store.put(
                        key, bucket: bucket, body: bytes, contentType: "application/gzip",
                        condition: .ifNoneMatch, metadata: metadata)
                    return StoredPart(
                        stream: buffer.stream, number: number, key: key, etag: etag, sizeBytes: bytes.count,
                        metadata: metadata, lines: buffer.lines)
                } catch let error as S3Error where error.isWriteConflict {
                    // 409 says that another write is under way; until it is done there is nothing to adopt.
                    guard let part = try await part(stream: buffer.stream, number: number, inspect: inspect)
                    else { throw error }
                    return part
                }
            }
            parts.append(written)
            if written.writerID == writerID { return parts }
        }
    }

    /// A part that is there; nil when it is not.
    private func part<Line>(stream: Stream, number: Int, inspect: Inspect<Line>) async throws -> StoredPart<
        Line
    >? {
        let key = ObjectLayout.partKey(stream: stream, run: run, number: number)
        guard let object = try await store.objectIfPresent(key, bucket: bucket) else { return nil }
        var part = StoredPart<Line>(
            stream: stream, number: number, key: key, etag: object.attributes.etag,
            sizeBytes: object.body.count, metadata: object.attributes.metadata, lines: [])
        try PartReader().forEachLine(in: object.body, of: "s3://\(bucket)/\(key)") { _, line in
            part.lines.append(try inspect(line, stream, part.metadata))
        }
        return part
    }
}
