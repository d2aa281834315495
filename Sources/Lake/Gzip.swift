import CLibdeflate

/// Gzip (RFC 1952) of whole buffers.
///
/// libdeflate works on whole buffers only, and two to three times as fast as zlib on pages of JSON.
package enum Gzip {
    /// Compresses into one member without name or time, so that the same input gives the same bytes.
    ///
    /// - Parameters:
    ///   - input: The content.
    ///   - level: 1…12; beyond 6 pages of JSON take much longer for 1 to 2 % less.
    /// - Returns: The file.
    /// - Throws: ``GzipError/outOfMemory``.
    package static func compress(_ input: [UInt8], level: Int32 = 6) throws(GzipError) -> [UInt8] {
        guard let compressor = libdeflate_alloc_compressor(level) else { throw .outOfMemory }
        defer { libdeflate_free_compressor(compressor) }
        let capacity = libdeflate_gzip_compress_bound(compressor, input.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = input.withUnsafeBytes {
                libdeflate_gzip_compress(compressor, $0.baseAddress, $0.count, buffer.baseAddress, capacity)
            }
        }
    }

    /// Decompresses every member of a gzip file.
    ///
    /// - Parameters:
    ///   - input: The file.
    ///   - paddingBytes: How many zero bytes to append to the content, for parsers that read ahead.
    ///   - limitBytes: The largest content to accept.
    /// - Returns: The content followed by the padding.
    /// - Throws: ``GzipError`` when the file is cut, damaged or larger than the limit.
    package static func decompress(_ input: [UInt8], paddingBytes: Int = 0, limitBytes: Int = 1 << 30)
        throws(GzipError) -> [UInt8]
    {
        guard let decompressor = libdeflate_alloc_decompressor() else { throw .outOfMemory }
        defer { libdeflate_free_decompressor(decompressor) }
        // The last four bytes name the content's size modulo 2^32: right for one member, a first guess for several.
        var guess = 0
        for byte in input.suffix(4).reversed() { guess = guess << 8 | Int(byte) }
        // Deflate cannot expand more than 1,032 times (zlib's technical notes), so a lying size cannot allocate more.
        var capacity = min(guess, limitBytes, input.count &* 1_032)
        var output: [UInt8] = []
        var consumed = 0
        repeat {
            let member = try decompressMember(
                input, from: consumed, capacity: &capacity, limitBytes: limitBytes - output.count,
                decompressor)
            consumed += member.consumed
            if output.isEmpty {
                output = member.content
            } else {
                output.append(contentsOf: member.content)
            }
            // Zeros may follow the last member, as tapes and some copying tools leave them.
        } while consumed < input.count && !input[consumed...].allSatisfy({ $0 == 0 })
        output.append(contentsOf: repeatElement(0, count: paddingBytes))
        return output
    }

    /// Decompresses the member that starts somewhere, with more and more room until its content fits.
    private static func decompressMember(
        _ input: [UInt8], from start: Int, capacity: inout Int, limitBytes: Int, _ decompressor: OpaquePointer
    ) throws(GzipError) -> (content: [UInt8], consumed: Int) {
        while true {
            var consumed = 0
            var status = LIBDEFLATE_SUCCESS
            // Room for a parser's padding, so that appending it does not move the content.
            let content = [UInt8](unsafeUninitializedCapacity: capacity + 64) { buffer, count in
                input.withUnsafeBytes { source in
                    status = libdeflate_gzip_decompress_ex(
                        decompressor, source.baseAddress.map { $0 + start }, source.count - start,
                        buffer.baseAddress, capacity, &consumed, &count)
                }
                if status != LIBDEFLATE_SUCCESS { count = 0 }
            }
            switch status {
            case LIBDEFLATE_SUCCESS: return (content, consumed)
            case LIBDEFLATE_INSUFFICIENT_SPACE:
                guard capacity < limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
                capacity = min(limitBytes, max(1 << 16, capacity * 2))
            default: throw .damaged(sizeBytes: input.count)
            }
        }
    }
}

/// Why a gzip file could not be written or read.
package enum GzipError: Error, Equatable, CustomStringConvertible {
    /// The file is cut, changed, or no gzip at all.
    case damaged(sizeBytes: Int)
    /// The content is larger than allowed.
    case tooLarge(limitBytes: Int)
    /// There is no memory for the tables.
    case outOfMemory

    package var description: String {
        switch self {
        case .damaged(let sizeBytes): "its \(sizeBytes) bytes are cut, damaged or no gzip"
        case .tooLarge(let limitBytes): "its content exceeds \(limitBytes) bytes"
        case .outOfMemory: "there is no memory left for gzip"
        }
    }
}
