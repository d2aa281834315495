enum UTF8Validation {
    /// Whether no byte has its highest bit set.
    static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        // In stretches, so that the inner loop has no branch and becomes vector instructions.
        while position + 1024 <= bytes.count {
            var bits: UInt64 = 0
            for offset in stride(from: position, to: position + 1024, by: 8) {
                bits |= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            }
            guard bits & 0x8080_8080_8080_8080 == 0 else { return false }
            position += 1024
        }
        var bits: UInt8 = 0
        while position < bytes.count {
            bits |= bytes[position]
            position += 1
        }
        return bits < 0x80
    }

    /// Where the first byte is that is not part of well-formed UTF-8; nil when all is well.
    ///
    /// The Unicode Standard, table 3-7: https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G7404
    static func firstInvalid(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        while position < bytes.count {
            if position + 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                position += 8
                continue
            }
            let lead = bytes[position]
            if lead < 0x80 {
                position += 1
                continue
            }
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xbf
            switch lead {
            case 0xc2...0xdf: length = 2
            case 0xe0: (length, second) = (3, 0xa0...0xbf)
            case 0xed: (length, second) = (3, 0x80...0x9f)
            case 0xe1...0xef: length = 3
            case 0xf0: (length, second) = (4, 0x90...0xbf)
            case 0xf4: (length, second) = (4, 0x80...0x8f)
            case 0xf1...0xf3: length = 4
            default: return position
            }
            guard position + length <= bytes.count, second.contains(bytes[position + 1]) else {
                return position
            }
            for index in 2..<max(length, 2) where bytes[position + index] & 0xc0 != 0x80 { return position }
            position += length
        }
        return nil
    }
}
