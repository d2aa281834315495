/// The least and the greatest of some values; NaN is neither.
struct Extremes<Bound> {
    var minimum: Bound
    var maximum: Bound
}

/// The values of one column chunk, nulls left out, in memory that its owner keeps alive.
protocol ChunkValues {
    /// What stands for a value that bounds others.
    associatedtype Bound
    var count: Int { get }
    /// Bytes that the values take as PLAIN.
    func plainSizeBytes(_ range: Range<Int>) -> Int
    /// Appends a page's values; the encoding must be one that the type has.
    func append(_ range: Range<Int>, as encoding: Encoding, to output: inout [UInt8])
    /// Nil where no value has an order.
    func extremes(_ range: Range<Int>) -> Extremes<Bound>?
    /// How many values are NaN; nil for types that have none.
    func nanCount(_ range: Range<Int>) -> Int?
    /// Whether one value comes before another in the type's order.
    func precedes(_ left: Bound, _ right: Bound) -> Bool
    /// The bounds as the file states them; without bounds where they cannot be stated.
    func statistics(_ extremes: Extremes<Bound>) -> Statistics
    /// Whether one stated bound comes before another in the type's order.
    func precedes(stated left: [UInt8], _ right: [UInt8]) -> Bool
}

extension ChunkValues {
    func nanCount(_ range: Range<Int>) -> Int? { nil }

    func extremes(_ left: Extremes<Bound>?, _ right: Extremes<Bound>?) -> Extremes<Bound>? {
        guard let left, let right else { return left ?? right }
        return Extremes(
            minimum: precedes(right.minimum, left.minimum) ? right.minimum : left.minimum,
            maximum: precedes(left.maximum, right.maximum) ? right.maximum : left.maximum)
    }
}

/// Values that may have a dictionary.
protocol DictionaryChunkValues: ChunkValues, DictionaryEncodable {
    /// Appends the values at the given positions: the dictionary page's body.
    func appendPlain(at positions: [UInt32], to output: inout [UInt8])
    /// Whether comparing values takes so long that it pays to find the distinct ones first.
    static var isComparisonSlow: Bool { get }
    /// The extremes of the values at some positions.
    func extremes(at positions: [UInt32]) -> Extremes<Bound>?
}

/// Numbers in the order of their type.
struct NumberChunkValues<Value: FixedWidthValue>: DictionaryChunkValues {
    let values: UnsafeBufferPointer<Value>

    static var isComparisonSlow: Bool { false }
    var count: Int { values.count }

    func plainSizeBytes(_ range: Range<Int>) -> Int { range.count * MemoryLayout<Value>.size }

    func plainSizeBytes(at index: Int) -> Int { MemoryLayout<Value>.size }

    func hash(at index: Int) -> UInt64 {
        Mixer.mix(Mixer.seed, UInt64(truncatingIfNeeded: values[index].bitPattern))
    }

    func isEqual(at index: Int, to other: Int) -> Bool {
        values[index].bitPattern == values[other].bitPattern
    }

    func append(_ range: Range<Int>, as encoding: Encoding, to output: inout [UInt8]) {
        let page = UnsafeBufferPointer(rebasing: values[range])
        switch encoding {
        case .deltaBinaryPacked: Value.encodeDeltas(page, into: &output)
        case .byteStreamSplit:
            ByteStreamSplit.encode(
                UnsafeRawBufferPointer(page), width: MemoryLayout<Value>.size, into: &output)
        default: output.append(contentsOf: UnsafeRawBufferPointer(page))
        }
    }

    func appendPlain(at positions: [UInt32], to output: inout [UInt8]) {
        output.append(count: positions.count * MemoryLayout<Value>.size) { start in
            for (entry, position) in positions.enumerated() {
                start.storeBytes(
                    of: values[Int(position)], toByteOffset: entry * MemoryLayout<Value>.size, as: Value.self)
            }
        }
    }

    func extremes(_ range: Range<Int>) -> Extremes<Value>? {
        var extremes = Value.widestExtremes
        var orderedCount = 0
        for value in UnsafeBufferPointer(rebasing: values[range]) {
            extremes.minimum = value < extremes.minimum ? value : extremes.minimum
            extremes.maximum = value > extremes.maximum ? value : extremes.maximum
            orderedCount &+= value == value ? 1 : 0
        }
        return orderedCount == 0 ? nil : extremes
    }

    func extremes(at positions: [UInt32]) -> Extremes<Value>? {
        preconditionFailure("numbers are compared as they come")
    }

    func nanCount(_ range: Range<Int>) -> Int? {
        guard Value.hasNaN else { return nil }
        var count = 0
        for value in UnsafeBufferPointer(rebasing: values[range]) { count &+= value != value ? 1 : 0 }
        return count
    }

    func precedes(_ left: Value, _ right: Value) -> Bool { left < right }

    func statistics(_ extremes: Extremes<Value>) -> Statistics {
        Statistics(
            exactMinimum: extremes.minimum.asLowerBound, exactMaximum: extremes.maximum.asUpperBound)
    }

    func precedes(stated left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
            < right.withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
    }
}

/// Truth values, which PLAIN packs into bits and which have no dictionary.
struct BooleanChunkValues: ChunkValues {
    let values: UnsafeBufferPointer<Bool>

    var count: Int { values.count }

    func plainSizeBytes(_ range: Range<Int>) -> Int { (range.count + 7) / 8 }

    func append(_ range: Range<Int>, as encoding: Encoding, to output: inout [UInt8]) {
        output.append(count: plainSizeBytes(range)) { start in
            for index in 0..<range.count where values[range.lowerBound + index] {
                let byte = start.load(fromByteOffset: index >> 3, as: UInt8.self)
                start.storeBytes(of: byte | 1 << UInt8(index & 7), toByteOffset: index >> 3, as: UInt8.self)
            }
        }
    }

    func extremes(_ range: Range<Int>) -> Extremes<UInt8>? {
        guard !range.isEmpty else { return nil }
        return Extremes(
            minimum: values[range].contains(false) ? 0 : 1, maximum: values[range].contains(true) ? 1 : 0)
    }

    func precedes(_ left: UInt8, _ right: UInt8) -> Bool { left < right }

    func statistics(_ extremes: Extremes<UInt8>) -> Statistics {
        Statistics(exactMinimum: extremes.minimum, exactMaximum: extremes.maximum)
    }

    func precedes(stated left: [UInt8], _ right: [UInt8]) -> Bool { left[0] < right[0] }
}
