import CSimdjson

/// Parses JSON documents one after the other, reusing its buffers.
///
/// simdjson does the work: <https://github.com/simdjson/simdjson>. A parser is not `Sendable`; make one per task.
public final class JSONParser {
    /// How many bytes after a document's end simdjson may read; what they hold does not matter.
    public static let paddingBytes = csimdjson_padding()

    private let parser: OpaquePointer
    private var scratch: UnsafeMutableRawBufferPointer
    private var isParsing = false

    /// Makes a parser.
    ///
    /// - Parameter maximumDepth: How deep arrays and objects may nest; a deeper document is an error.
    public init(maximumDepth: Int = 256) {
        precondition(maximumDepth > 0, "a document needs some depth")
        guard let parser = csimdjson_create(maximumDepth) else {
            fatalError("make JSON parser failed: out of memory")
        }
        self.parser = parser
        scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit {
        csimdjson_destroy(parser)
        scratch.deallocate()
    }

    /// Parses a document and lends its root.
    ///
    /// Nothing is copied when at least ``paddingBytes`` bytes after the document are readable, as they are for all but
    /// the last lines of a big buffer.
    ///
    /// - Parameters:
    ///   - bytes: One JSON value with white space around it at most.
    ///   - readableBytesAfter: How many bytes after `bytes` belong to the same allocation.
    ///   - body: What to do with the root, which must not escape and must not parse again with this parser.
    /// - Returns: What `body` returned.
    /// - Throws: ``JSONError`` when the bytes are not one JSON value; what `body` throws.
    public func withDocument<Result>(
        _ bytes: UnsafeRawBufferPointer, readableBytesAfter: Int = 0, _ body: (JSONValue) throws -> Result
    ) throws -> Result {
        precondition(!isParsing, "a parser holds one document at a time")
        isParsing = true
        defer { isParsing = false }
        let padded = readableBytesAfter >= Self.paddingBytes ? bytes : copyPadded(bytes)
        let start = padded.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let document = csimdjson_parse(parser, start, bytes.count)
        guard let tape = document.tape, let strings = document.strings else {
            throw JSONError(reason(of: document.error), sizeBytes: bytes.count)
        }
        return try body(JSONValue(tape: tape, strings: strings, index: 1))
    }

    /// Parses a document and lends its root.
    ///
    /// - Parameters:
    ///   - bytes: Holds the document.
    ///   - range: Where the document lies; nil means all of `bytes`.
    ///   - body: What to do with the root, which must not escape and must not parse again with this parser.
    /// - Returns: What `body` returned.
    /// - Throws: ``JSONError`` when the bytes are not one JSON value; what `body` throws.
    public func withDocument<Result>(
        _ bytes: [UInt8], in range: Range<Int>? = nil, _ body: (JSONValue) throws -> Result
    ) throws -> Result {
        let range = range ?? bytes.indices
        return try bytes.withUnsafeBytes { all in
            try withDocument(
                UnsafeRawBufferPointer(rebasing: all[range]),
                readableBytesAfter: all.count - range.upperBound, body)
        }
    }

    private func copyPadded(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let needed = bytes.count + Self.paddingBytes
        if scratch.count < needed {
            scratch.deallocate()
            scratch = .allocate(byteCount: needed + needed / 4, alignment: 64)
            scratch.initializeMemory(as: UInt8.self, repeating: 0)
        }
        scratch.copyMemory(from: bytes)
        return UnsafeRawBufferPointer(scratch)
    }

    private func reason(of code: Int32) -> JSONError.Reason {
        switch Int(code) {
        case CSIMDJSON_EMPTY: .empty
        case CSIMDJSON_DEPTH: .tooDeep
        case CSIMDJSON_UTF8: .notUTF8
        case CSIMDJSON_STRING: .badString
        case CSIMDJSON_NUMBER: .badNumber
        case CSIMDJSON_TOO_LARGE: .tooLarge
        case CSIMDJSON_OUT_OF_MEMORY: .outOfMemory
        default: .malformed
        }
    }
}
