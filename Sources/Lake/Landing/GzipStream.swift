import CLibdeflate
import CZlib

/// A file's content piece by piece, whether it is gzipped (RFC 1952) or not; everything that gzip can check is checked.
///
/// What is small is unpacked at once by libdeflate, which is two to three times as fast as zlib. zlib takes the rest in pieces, so
/// that memory does not grow with the content.
package struct GzipStream {
    /// What reading a file to its end has shown.
    package struct Summary: Equatable, Sendable {
        /// How many gzip members it has; 0 when it is not gzipped.
        package var members: Int
        /// The content's size.
        package var contentBytes: Int
    }

    /// Content up to this size is unpacked at once: five minutes' file of a busy shop has some 110 MB.
    package static let wholeBytesMaximum = 128 << 20
    /// The size of the pieces of larger content.
    static let chunkBytes = 1 << 20

    private static let magic: [UInt8] = [0x1F, 0x8B]
    /// Gzip's format with zlib's largest window.
    private static let windowBits: Int32 = 15 + 16

    private let bytes: UnsafeRawBufferPointer
    private let limitBytes: Int
    private let wholeBytes: Int
    private var contentBytes = 0

    /// Whether a file is gzipped, which only its first bytes tell: names and headers lie.
    ///
    /// A lone first byte of gzip's magic number is a gzip file that was cut; it is no text.
    package static func isGzip(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.prefix(2).elementsEqual(magic.prefix(bytes.count))
    }

    /// Hands out a file's content piece by piece.
    ///
    /// - Parameters:
    ///   - bytes: The file: text, or one or more gzip members, perhaps with zero bytes behind the last one. A piece may end
    ///     anywhere, also within a character.
    ///   - limitBytes: The largest content to accept.
    ///   - wholeBytes: Up to which size content is unpacked at once.
    ///   - body: Gets each piece, which is valid only within the call; what it has seen counts only when all of it was handed out.
    /// - Returns: What the file turned out to be.
    /// - Throws: ``GzipError`` when the file is cut, damaged or larger than the limit; what `body` throws.
    @discardableResult
    package static func forEachChunk(
        in bytes: [UInt8], limitBytes: Int = 1 << 32, wholeBytes: Int = wholeBytesMaximum,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Summary {
        try bytes.withUnsafeBytes { buffer in
            guard isGzip(bytes.prefix(2)) else {
                guard buffer.count <= limitBytes else { throw GzipError.tooLarge(limitBytes: limitBytes) }
                if !buffer.isEmpty { try body(buffer) }
                return Summary(members: 0, contentBytes: buffer.count)
            }
            var stream = GzipStream(bytes: buffer, limitBytes: limitBytes, wholeBytes: wholeBytes)
            return try stream.read(body)
        }
    }

    private init(bytes: UnsafeRawBufferPointer, limitBytes: Int, wholeBytes: Int) {
        self.bytes = bytes
        self.limitBytes = limitBytes
        self.wholeBytes = wholeBytes
    }

    private var damage: GzipError { .damaged(sizeBytes: bytes.count) }

    private mutating func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Summary {
        var members = 0
        var position = 0
        repeat {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            guard rest.starts(with: GzipStream.magic) else {
                // Tapes and block devices pad with zeros, which gzip's own tool passes over.
                guard rest.allSatisfy({ $0 == 0 }) else { throw damage }
                break
            }
            position += try readSmallMember(rest, body) ?? readMember(rest, body)
            members += 1
        } while position < bytes.count
        return Summary(members: members, contentBytes: contentBytes)
    }

    private mutating func count(_ bytes: Int) throws {
        contentBytes += bytes
        guard contentBytes <= limitBytes else { throw GzipError.tooLarge(limitBytes: limitBytes) }
    }

    /// Unpacks the member at the start of some bytes at once.
    ///
    /// - Returns: The member's size; nil when it is not small.
    private mutating func readSmallMember(
        _ rest: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int? {
        // The last four bytes name the content's size modulo 2^32, if this is the last member; else they are a guess.
        var size = 0
        for byte in rest.suffix(4).reversed() { size = size << 8 | Int(byte) }
        // Deflate cannot expand more than 1,032 times (zlib's technical notes), so a lying size cannot allocate more.
        let capacity = min(size, rest.count &* 1_032)
        guard capacity <= wholeBytes, rest.count <= wholeBytes else { return nil }
        guard let decompressor = libdeflate_alloc_decompressor() else { throw GzipError.outOfMemory }
        defer { libdeflate_free_decompressor(decompressor) }
        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, capacity), alignment: 16)
        defer { output.deallocate() }
        var consumed = 0
        var produced = 0
        let status = libdeflate_gzip_decompress_ex(
            decompressor, rest.baseAddress, rest.count, output.baseAddress, capacity, &consumed, &produced)
        switch status {
        case LIBDEFLATE_SUCCESS:
            try count(produced)
            if produced > 0 { try body(UnsafeRawBufferPointer(rebasing: output[..<produced])) }
            return consumed
        case LIBDEFLATE_INSUFFICIENT_SPACE: return nil
        default: throw damage
        }
    }

    /// Unpacks the member at the start of some bytes piece by piece.
    ///
    /// - Returns: The member's size.
    private mutating func readMember(
        _ rest: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        var state = z_stream()
        guard
            inflateInit2_(
                &state, GzipStream.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { throw GzipError.outOfMemory }
        defer { inflateEnd(&state) }
        let output = UnsafeMutableRawBufferPointer.allocate(
            byteCount: GzipStream.chunkBytes, alignment: 16)
        defer { output.deallocate() }
        // zlib never writes to its input; its field is not const for old callers' sake.
        let input = UnsafeMutableRawBufferPointer(mutating: rest).bindMemory(to: UInt8.self)
        var given = 0
        while true {
            if state.avail_in == 0, given < rest.count {
                let share = min(rest.count - given, Int(UInt32.max))
                state.next_in = input.baseAddress.map { $0 + given }
                state.avail_in = UInt32(share)
                given += share
            }
            state.next_out = output.bindMemory(to: UInt8.self).baseAddress
            state.avail_out = UInt32(output.count)
            let status = inflate(&state, Z_NO_FLUSH)
            let produced = output.count - Int(state.avail_out)
            guard status == Z_OK || status == Z_STREAM_END else {
                throw status == Z_MEM_ERROR ? GzipError.outOfMemory : damage
            }
            try count(produced)
            if produced > 0 { try body(UnsafeRawBufferPointer(rebasing: output[..<produced])) }
            if status == Z_STREAM_END { return given - Int(state.avail_in) }
            // Room was left, so that zlib wanted more input; there is none.
            guard state.avail_out == 0 || given < rest.count else { throw damage }
        }
    }
}
