extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes.
    @inline(__always)
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count >= 8 else { return shortWord() == other.shortWord() }
        var position = 0
        while position + 8 <= count {
            guard word(at: position) == other.word(at: position) else { return false }
            position += 8
        }
        // The last word overlaps what was compared.
        return word(at: count - 8) == other.word(at: count - 8)
    }

    /// Whether it comes before the other in unsigned byte-wise order, which is UTF-8's code point order.
    func precedes(_ other: UnsafeRawBufferPointer) -> Bool {
        let shared = Swift.min(count, other.count)
        var position = 0
        while position + 8 <= shared {
            let mine = word(at: position)
            let theirs = other.word(at: position)
            if mine != theirs { return mine.byteSwapped < theirs.byteSwapped }
            position += 8
        }
        while position < shared {
            if self[position] != other[position] { return self[position] < other[position] }
            position += 1
        }
        return count < other.count
    }

    /// The first eight bytes as a number that is in the byte-wise order, zeros where there are fewer.
    ///
    /// Equal numbers leave the order open.
    @inline(__always)
    func orderedPrefix() -> UInt64 {
        if count >= 8 { return word(at: 0).byteSwapped }
        var prefix: UInt64 = 0
        for position in 0..<count { prefix |= UInt64(self[position]) << UInt64(56 - position * 8) }
        return prefix
    }

    /// How many bytes both start with.
    func sharedPrefixCount(with other: UnsafeRawBufferPointer) -> Int {
        let shared = Swift.min(count, other.count)
        var position = 0
        while position + 8 <= shared {
            let difference = word(at: position) ^ other.word(at: position)
            if difference != 0 { return position + difference.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < shared, self[position] == other[position] { position += 1 }
        return position
    }

    /// A hash of the bytes and their count; the same on every run.
    @inline(__always)
    func mixedHash() -> UInt64 {
        var state = Mixer.seed &+ UInt64(truncatingIfNeeded: count)
        guard count >= 8 else { return Mixer.mix(state, shortWord()) }
        var position = 0
        while position + 8 <= count {
            state = Mixer.mix(state, word(at: position))
            position += 8
        }
        return position < count ? Mixer.mix(state, word(at: count - 8)) : state
    }

    /// All bytes, of which there are fewer than eight, in a number: among buffers of one length, equal for equal bytes alone.
    @inline(__always)
    private func shortWord() -> UInt64 {
        if count >= 4 {
            let low = loadUnaligned(as: UInt32.self)
            let high = loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            return UInt64(low) | UInt64(high) << 32
        }
        guard count > 0 else { return 0 }
        // One to three bytes: the first, the middle and the last one are all there are.
        return UInt64(self[0]) | UInt64(self[count / 2]) << 8 | UInt64(self[count - 1]) << 16
    }

    @inline(__always)
    private func word(at position: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
}
