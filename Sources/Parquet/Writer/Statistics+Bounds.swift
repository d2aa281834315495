extension Statistics {
    /// Bytes of a bound at most; longer ones are truncated.
    static let boundSizeBytesMaximum = 64

    /// Bounds that occur, of a type with a fixed width.
    init(exactMinimum: some BitwiseCopyable, exactMaximum: some BitwiseCopyable) {
        self.init()
        minValue = withUnsafeBytes(of: exactMinimum) { [UInt8]($0) }
        maxValue = withUnsafeBytes(of: exactMaximum) { [UInt8]($0) }
        isMinValueExact = true
        isMaxValueExact = true
    }

    /// Bounds of strings or bytes, truncated where they are long.
    ///
    /// A truncated lower bound is a prefix. A truncated upper bound is a prefix with its last character (text) or byte raised by
    /// one; where none can be raised there are no bounds at all, since readers differ on what one alone means. Text is cut
    /// between characters, so that bounds stay UTF-8.
    init(minimum: [UInt8], maximum: [UInt8], isText: Bool) {
        self.init()
        var upper: [UInt8]? = maximum
        if maximum.count > Self.boundSizeBytesMaximum {
            let prefix = Self.prefix(maximum, isText: isText)
            upper = isText ? Self.raisedText(prefix) : Self.raisedBytes(prefix)
        }
        guard let upper else { return }
        isMinValueExact = minimum.count <= Self.boundSizeBytesMaximum
        minValue = isMinValueExact == true ? minimum : Self.prefix(minimum, isText: isText)
        isMaxValueExact = maximum.count <= Self.boundSizeBytesMaximum
        maxValue = upper
    }

    private static func prefix(_ bytes: [UInt8], isText: Bool) -> [UInt8] {
        var count = boundSizeBytesMaximum
        while isText, count > 0, bytes[count] & 0xc0 == 0x80 { count -= 1 }
        return Array(bytes[..<count])
    }

    private static func raisedBytes(_ bytes: [UInt8]) -> [UInt8]? {
        guard let index = bytes.lastIndex(where: { $0 != 0xff }) else { return nil }
        return Array(bytes[..<index]) + [bytes[index] + 1]
    }

    private static func raisedText(_ bytes: [UInt8]) -> [UInt8]? {
        var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        while let last = scalars.popLast() {
            // The surrogates are no characters: the next one after U+D7FF is U+E000.
            let next = last.value == 0xd7ff ? 0xe000 : last.value + 1
            // A character that takes more bytes would still be a bound, but could exceed the limit.
            guard let raised = Unicode.Scalar(next), UTF8.width(raised) == UTF8.width(last) else { continue }
            scalars.append(raised)
            return scalars.flatMap { Array(String($0).utf8) }
        }
        return nil
    }
}
