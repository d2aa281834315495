extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes.
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var position = 0
        while position + 8 <= count {
            guard word(at: position) == other.word(at: position) else { return false }
            position += 8
        }
        while position < count {
            guard self[position] == other[position] else { return false }
            position += 1
        }
        return true
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
    func mixedHash() -> UInt64 {
        var state = Mixer.mix(Mixer.seed, UInt64(truncatingIfNeeded: count))
        var position = 0
        while position + 8 <= count {
            state = Mixer.mix(state, word(at: position))
            position += 8
        }
        guard position < count else { return state }
        var tail: UInt64 = 0
        if count >= 8 {
            tail = word(at: count - 8)
        } else {
            while position < count {
                tail = tail << 8 | UInt64(self[position])
                position += 1
            }
        }
        return Mixer.mix(state, tail)
    }

    @inline(__always)
    private func word(at position: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
}
