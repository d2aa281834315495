import CZlib

/// Gzip (RFC 1952) of whole buffers.
enum Gzip {
    /// Compresses into one member without name or time, so that the same input gives the same bytes.
    ///
    /// Level 6 is zlib's default; at level 9 JSON pages of this kind take twice as long for 1 % less.
    static func compress(_ input: [UInt8], level: Int32 = 6) throws(GzipError) -> [UInt8] {
        var stream = z_stream()
        // 16 + 15: a gzip wrapper around the largest window (zlib.h, deflateInit2).
        var status = deflateInit2_(
            &stream, level, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .failed(operation: "compress", status: status) }
        defer { deflateEnd(&stream) }
        guard input.count <= UInt32.max else { throw .tooLarge(limitBytes: Int(UInt32.max)) }
        let capacity = Int(deflateBound(&stream, UInt(input.count)))
        let output = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            input.withUnsafeBufferPointer { source in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = UInt32(source.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(capacity)
                status = deflate(&stream, Z_FINISH)
            }
            count = Int(stream.total_out)
        }
        guard status == Z_STREAM_END else { throw .failed(operation: "compress", status: status) }
        return output
    }

    /// Decompresses every member of a gzip file.
    ///
    /// - Parameters:
    ///   - input: The file.
    ///   - paddingBytes: How many zero bytes to leave after the content, beyond the returned count, for parsers that read ahead.
    ///   - limitBytes: The largest content to accept.
    /// - Returns: The content followed by the padding.
    /// - Throws: ``GzipError`` when the file is truncated, damaged or larger than the limit.
    static func decompress(_ input: [UInt8], paddingBytes: Int = 0, limitBytes: Int = 1 << 30)
        throws(GzipError) -> [UInt8]
    {
        var stream = z_stream()
        var status = inflateInit2_(
            &stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .failed(operation: "decompress", status: status) }
        defer { inflateEnd(&stream) }
        // The last four bytes name the content's size modulo 2^32: right for one member, a first guess for several.
        var guess = 0
        if input.count >= 18 {
            for byte in input.suffix(4).reversed() { guess = guess << 8 | Int(byte) }
        }
        // Deflate cannot expand more than 1,032 times (zlib's technical notes), so a lying size cannot allocate more.
        guess = min(guess, limitBytes, input.count &* 1_032)
        var output = [UInt8](repeating: 0, count: guess + paddingBytes + 1)
        var produced = 0
        var consumed = 0
        while true {
            if produced == output.count - paddingBytes {
                guard produced <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
                output.append(contentsOf: repeatElement(0, count: max(output.count, 1 << 16)))
            }
            let before = (consumed, produced)
            input.withUnsafeBufferPointer { source in
                output.withUnsafeMutableBufferPointer { target in
                    stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + consumed })
                    stream.avail_in = UInt32(min(source.count - consumed, Int(UInt32.max)))
                    stream.next_out = target.baseAddress.map { $0 + produced }
                    stream.avail_out = UInt32(min(target.count - paddingBytes - produced, Int(UInt32.max)))
                    let offered = (stream.avail_in, stream.avail_out)
                    status = inflate(&stream, Z_NO_FLUSH)
                    consumed += Int(offered.0 - stream.avail_in)
                    produced += Int(offered.1 - stream.avail_out)
                }
            }
            if status == Z_STREAM_END {
                if consumed == input.count { break }
                guard inflateReset(&stream) == Z_OK else {
                    throw .failed(operation: "decompress", status: status)
                }
                continue
            }
            guard status == Z_OK || status == Z_BUF_ERROR else {
                throw .failed(operation: "decompress", status: status)
            }
            if before == (consumed, produced), produced < output.count - paddingBytes {
                throw .truncated(sizeBytes: input.count)
            }
        }
        guard produced <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
        output.removeSubrange((produced + paddingBytes)...)
        for index in produced..<output.count { output[index] = 0 }
        return output
    }
}

/// Why a gzip file could not be written or read.
enum GzipError: Error, Equatable, CustomStringConvertible {
    /// The file ends before its content does.
    case truncated(sizeBytes: Int)
    /// The content is larger than allowed.
    case tooLarge(limitBytes: Int)
    /// zlib refused; the status is one of zlib.h's.
    case failed(operation: String, status: Int32)

    var description: String {
        switch self {
        case .truncated(let sizeBytes): "gzip ends early, after \(sizeBytes) bytes"
        case .tooLarge(let limitBytes): "gzip content exceeds \(limitBytes) bytes"
        case .failed(let operation, let status): "gzip \(operation) failed with zlib status \(status)"
        }
    }
}
