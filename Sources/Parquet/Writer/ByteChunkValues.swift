/// Text and raw bytes of any length: value `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
struct ByteChunkValues: DictionaryChunkValues {
    let bytes: UnsafeRawBufferPointer
    let offsets: UnsafeBufferPointer<UInt32>
    let isText: Bool

    static var isComparisonSlow: Bool { true }
    var count: Int { offsets.count - 1 }

    @inline(__always)
    private func value(at index: Int) -> UnsafeRawBufferPointer {
        let start = Int(offsets[index])
        return UnsafeRawBufferPointer(
            start: bytes.baseAddress.map { $0 + start }, count: Int(offsets[index + 1]) - start)
    }

    func plainSizeBytes(_ range: Range<Int>) -> Int {
        range.count * 4 + Int(offsets[range.upperBound] - offsets[range.lowerBound])
    }

    func plainSizeBytes(at index: Int) -> Int { 4 + Int(offsets[index + 1] - offsets[index]) }

    @inline(__always)
    func hash(at index: Int) -> UInt64 { value(at: index).mixedHash() }

    @inline(__always)
    func isEqual(at index: Int, to other: Int) -> Bool { value(at: index).hasSameBytes(as: value(at: other)) }

    func append(_ range: Range<Int>, as encoding: Encoding, to output: inout [UInt8]) {
        let page = UnsafeBufferPointer(rebasing: offsets[range.lowerBound...range.upperBound])
        switch encoding {
        case .deltaLengthByteArray: DeltaLengthByteArray.encode(bytes: bytes, offsets: page, into: &output)
        case .deltaByteArray: DeltaByteArray.encode(bytes: bytes, offsets: page, into: &output)
        default:
            output.append(count: plainSizeBytes(range)) { start in
                var position = start
                for index in range { position = append(index, at: position) }
            }
        }
    }

    func appendPlain(at positions: [UInt32], to output: inout [UInt8]) {
        let sizeBytes = positions.reduce(0) { $0 + plainSizeBytes(at: Int($1)) }
        output.append(count: sizeBytes) { start in
            var position = start
            for index in positions { position = append(Int(index), at: position) }
        }
    }

    /// Stores length and bytes; returns where the next value goes.
    @inline(__always)
    private func append(_ index: Int, at position: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let from = Int(offsets[index])
        let sizeBytes = Int(offsets[index + 1]) - from
        position.storeBytes(of: UInt32(truncatingIfNeeded: sizeBytes).littleEndian, as: UInt32.self)
        if sizeBytes > 0, let base = bytes.baseAddress {
            (position + 4).copyMemory(from: base + from, byteCount: sizeBytes)
        }
        return position + 4 + sizeBytes
    }

    func extremes(_ range: Range<Int>) -> Extremes<UnsafeRawBufferPointer>? {
        guard let first = range.first else { return nil }
        var finder = ByteExtremesFinder(value(at: first))
        for index in range.dropFirst() { finder.add(value(at: index)) }
        return finder.extremes
    }

    func extremes(at positions: [UInt32]) -> Extremes<UnsafeRawBufferPointer>? {
        guard let first = positions.first else { return nil }
        var finder = ByteExtremesFinder(value(at: Int(first)))
        for index in positions.dropFirst() { finder.add(value(at: Int(index))) }
        return finder.extremes
    }

    func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        left.precedes(right)
    }

    func statistics(_ extremes: Extremes<UnsafeRawBufferPointer>) -> Statistics {
        Statistics(minimum: [UInt8](extremes.minimum), maximum: [UInt8](extremes.maximum), isText: isText)
    }

    func precedes(stated left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { left.precedes($0) } }
    }
}

/// Finds the first and the last of byte strings in unsigned byte-wise order.
///
/// Most are told apart by their first eight bytes, read as one number.
private struct ByteExtremesFinder {
    private(set) var extremes: Extremes<UnsafeRawBufferPointer>
    private var leastPrefix: UInt64
    private var greatestPrefix: UInt64

    init(_ first: UnsafeRawBufferPointer) {
        extremes = Extremes(minimum: first, maximum: first)
        leastPrefix = first.orderedPrefix()
        greatestPrefix = leastPrefix
    }

    @inline(__always)
    mutating func add(_ value: UnsafeRawBufferPointer) {
        let prefix = value.orderedPrefix()
        if prefix <= leastPrefix, prefix < leastPrefix || value.precedes(extremes.minimum) {
            leastPrefix = prefix
            extremes.minimum = value
        }
        if prefix >= greatestPrefix, prefix > greatestPrefix || extremes.maximum.precedes(value) {
            greatestPrefix = prefix
            extremes.maximum = value
        }
    }
}

/// Values of one length, back to back: raw bytes, UUIDs, large decimals, half floats.
struct FixedBytesChunkValues: DictionaryChunkValues {
    /// In which order the values come.
    enum Order {
        /// Byte-wise, unsigned.
        case unsigned
        /// As two's complement, highest byte first.
        case signed
        /// As IEEE 754 half precision, lowest byte first.
        case halfFloat
    }

    let bytes: UnsafeRawBufferPointer
    let length: Int
    let order: Order

    static var isComparisonSlow: Bool { true }
    var count: Int { bytes.count / length }

    private func value(at index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[index * length..<(index + 1) * length])
    }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound * length..<range.upperBound * length])
    }

    func plainSizeBytes(_ range: Range<Int>) -> Int { range.count * length }
    func plainSizeBytes(at index: Int) -> Int { length }
    func hash(at index: Int) -> UInt64 { value(at: index).mixedHash() }
    func isEqual(at index: Int, to other: Int) -> Bool { value(at: index).hasSameBytes(as: value(at: other)) }

    func append(_ range: Range<Int>, as encoding: Encoding, to output: inout [UInt8]) {
        let page = bytes(range)
        switch encoding {
        case .byteStreamSplit: ByteStreamSplit.encode(page, width: length, into: &output)
        case .deltaByteArray:
            let offsets = (0...range.count).map { UInt32(truncatingIfNeeded: $0 * length) }
            offsets.withUnsafeBufferPointer {
                DeltaByteArray.encode(bytes: page, offsets: $0, into: &output)
            }
        default: output.append(contentsOf: page)
        }
    }

    func appendPlain(at positions: [UInt32], to output: inout [UInt8]) {
        for position in positions { output.append(contentsOf: value(at: Int(position))) }
    }

    func extremes(_ range: Range<Int>) -> Extremes<UnsafeRawBufferPointer>? {
        extremes(among: range.lazy.map { value(at: $0) })
    }

    func extremes(at positions: [UInt32]) -> Extremes<UnsafeRawBufferPointer>? {
        extremes(among: positions.lazy.map { value(at: Int($0)) })
    }

    private func extremes(
        among values: some Sequence<UnsafeRawBufferPointer>
    ) -> Extremes<UnsafeRawBufferPointer>? {
        var result: Extremes<UnsafeRawBufferPointer>?
        for value in values where !isNaN(value) {
            result = extremes(result, Extremes(minimum: value, maximum: value))
        }
        return result
    }

    func nanCount(_ range: Range<Int>) -> Int? {
        guard order == .halfFloat else { return nil }
        return range.reduce(0) { $0 + (isNaN(value(at: $1)) ? 1 : 0) }
    }

    private func isNaN(_ value: UnsafeRawBufferPointer) -> Bool {
        order == .halfFloat && (UInt16(value[1]) << 8 | UInt16(value[0])) & 0x7fff > 0x7c00
    }

    func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        switch order {
        case .unsigned: left.precedes(right)
        case .signed:
            // Flipping the sign's bit makes the signed order the unsigned one.
            left[0] == right[0] ? left.precedes(right) : left[0] ^ 0x80 < right[0] ^ 0x80
        case .halfFloat: Self.halfFloatRank(left) < Self.halfFloatRank(right)
        }
    }

    /// A number in the order of the half float, both zeros alike.
    private static func halfFloatRank(_ value: UnsafeRawBufferPointer) -> Int32 {
        let magnitude = Int32(value[1] & 0x7f) << 8 | Int32(value[0])
        return value[1] & 0x80 == 0 ? magnitude : -magnitude
    }

    /// Long values have no bounds: readers differ on whether fixed bytes may be truncated.
    func statistics(_ extremes: Extremes<UnsafeRawBufferPointer>) -> Statistics {
        guard length <= Statistics.boundSizeBytesMaximum else { return Statistics() }
        var statistics = Statistics()
        statistics.minValue = [UInt8](extremes.minimum)
        statistics.maxValue = [UInt8](extremes.maximum)
        if order == .halfFloat {
            if Self.halfFloatRank(extremes.minimum) == 0 { statistics.minValue = [0x00, 0x80] }
            if Self.halfFloatRank(extremes.maximum) == 0 { statistics.maxValue = [0x00, 0x00] }
        }
        statistics.isMinValueExact = true
        statistics.isMaxValueExact = true
        return statistics
    }

    func precedes(stated left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { precedes(left, $0) } }
    }
}
