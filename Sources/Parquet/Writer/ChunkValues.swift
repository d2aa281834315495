/// The values of one column chunk, nulls left out, in memory that its owner keeps alive.
protocol ChunkValues {
    var count: Int { get }
    /// Bytes that the values take as PLAIN.
    func plainSizeBytes(_ range: Range<Int>) -> Int
    func appendPlain(_ range: Range<Int>, to output: inout [UInt8])
    /// The bounds of the values at the given positions, or of all values when nil.
    func statistics(at positions: [UInt32]?) -> Statistics
}

/// Values that may have a dictionary.
protocol DictionaryChunkValues: ChunkValues, DictionaryEncodable {
    /// Appends the values at the given positions: the dictionary page's body.
    func appendPlain(at positions: [UInt32], to output: inout [UInt8])
}

/// Numbers.
struct FixedWidthChunkValues<Value: FixedWidthValue>: DictionaryChunkValues {
    let values: UnsafeBufferPointer<Value>

    var count: Int { values.count }

    func plainSizeBytes(_ range: Range<Int>) -> Int { range.count * MemoryLayout<Value>.size }

    func plainSizeBytes(at index: Int) -> Int { MemoryLayout<Value>.size }

    func hash(at index: Int) -> UInt64 {
        Mixer.mix(Mixer.seed, UInt64(truncatingIfNeeded: values[index].bitPattern))
    }

    func isEqual(at index: Int, to other: Int) -> Bool {
        values[index].bitPattern == values[other].bitPattern
    }

    func appendPlain(_ range: Range<Int>, to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: values[range])))
    }

    func appendPlain(at positions: [UInt32], to output: inout [UInt8]) {
        output.append(count: positions.count * MemoryLayout<Value>.size) { start in
            for (entry, position) in positions.enumerated() {
                start.storeBytes(
                    of: values[Int(position)], toByteOffset: entry * MemoryLayout<Value>.size, as: Value.self)
            }
        }
    }

    func statistics(at positions: [UInt32]?) -> Statistics {
        guard let first = values.first else { return Statistics() }
        var minimum = first
        var maximum = first
        if let positions {
            for position in positions {
                minimum = min(minimum, values[Int(position)])
                maximum = max(maximum, values[Int(position)])
            }
        } else {
            for value in values {
                minimum = min(minimum, value)
                maximum = max(maximum, value)
            }
        }
        return Statistics(exactMinimum: minimum, exactMaximum: maximum)
    }
}

extension FixedWidthChunkValues where Value: BinaryFloatingPoint {
    /// Leaves NaN out; a zero bound gets the sign that makes it cover both zeros.
    ///
    /// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder)
    func floatingPointStatistics() -> Statistics {
        var minimum = Value.infinity
        var maximum = -Value.infinity
        var nanCount: Int64 = 0
        for value in values {
            if value.isNaN { nanCount += 1 }
            minimum = value < minimum ? value : minimum
            maximum = value > maximum ? value : maximum
        }
        var statistics = Statistics()
        if nanCount < values.count {
            statistics = Statistics(
                exactMinimum: minimum == 0 ? -Value.zero : minimum,
                exactMaximum: maximum == 0 ? Value.zero : maximum)
        }
        statistics.nanCount = nanCount
        return statistics
    }
}

/// Numbers with NaN and two zeros.
struct FloatingPointChunkValues<Value: FixedWidthValue & BinaryFloatingPoint>: DictionaryChunkValues {
    private let base: FixedWidthChunkValues<Value>

    init(values: UnsafeBufferPointer<Value>) {
        base = FixedWidthChunkValues(values: values)
    }

    var count: Int { base.count }
    func plainSizeBytes(_ range: Range<Int>) -> Int { base.plainSizeBytes(range) }
    func plainSizeBytes(at index: Int) -> Int { base.plainSizeBytes(at: index) }
    func hash(at index: Int) -> UInt64 { base.hash(at: index) }
    func isEqual(at index: Int, to other: Int) -> Bool { base.isEqual(at: index, to: other) }
    func appendPlain(_ range: Range<Int>, to output: inout [UInt8]) { base.appendPlain(range, to: &output) }
    func appendPlain(at positions: [UInt32], to output: inout [UInt8]) {
        base.appendPlain(at: positions, to: &output)
    }
    /// All values count, so that the number of NaN is right.
    func statistics(at positions: [UInt32]?) -> Statistics { base.floatingPointStatistics() }
}

/// Truth values, which PLAIN packs into bits and which have no dictionary.
struct BooleanChunkValues: ChunkValues {
    let values: UnsafeBufferPointer<Bool>

    var count: Int { values.count }

    func plainSizeBytes(_ range: Range<Int>) -> Int { (range.count + 7) / 8 }

    func appendPlain(_ range: Range<Int>, to output: inout [UInt8]) {
        output.append(count: plainSizeBytes(range)) { start in
            for index in 0..<range.count where values[range.lowerBound + index] {
                let byte = start.load(fromByteOffset: index >> 3, as: UInt8.self)
                start.storeBytes(of: byte | 1 << UInt8(index & 7), toByteOffset: index >> 3, as: UInt8.self)
            }
        }
    }

    func statistics(at positions: [UInt32]?) -> Statistics {
        guard !values.isEmpty else { return Statistics() }
        return Statistics(
            exactMinimum: UInt8(values.contains(false) ? 0 : 1),
            exactMaximum: UInt8(values.contains(true) ? 1 : 0))
    }
}

/// Strings and raw bytes: value `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
struct ByteChunkValues: DictionaryChunkValues {
    let bytes: UnsafeRawBufferPointer
    let offsets: UnsafeBufferPointer<UInt32>
    let isText: Bool

    var count: Int { offsets.count - 1 }

    private func value(at index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(offsets[index])..<Int(offsets[index + 1])])
    }

    func plainSizeBytes(_ range: Range<Int>) -> Int {
        range.count * 4 + Int(offsets[range.upperBound] - offsets[range.lowerBound])
    }

    func plainSizeBytes(at index: Int) -> Int { 4 + Int(offsets[index + 1] - offsets[index]) }

    func hash(at index: Int) -> UInt64 { value(at: index).mixedHash() }

    func isEqual(at index: Int, to other: Int) -> Bool { value(at: index).hasSameBytes(as: value(at: other)) }

    func appendPlain(_ range: Range<Int>, to output: inout [UInt8]) {
        output.append(count: plainSizeBytes(range)) { start in
            var position = start
            for index in range { position = append(index, at: position) }
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

    func statistics(at positions: [UInt32]?) -> Statistics {
        guard count > 0 else { return Statistics() }
        var minimum = value(at: 0)
        var maximum = minimum
        func extend(_ candidate: UnsafeRawBufferPointer) {
            if candidate.precedes(minimum) {
                minimum = candidate
            } else if maximum.precedes(candidate) {
                maximum = candidate
            }
        }
        if let positions {
            for position in positions { extend(value(at: Int(position))) }
        } else {
            for index in 0..<count { extend(value(at: index)) }
        }
        return Statistics(minimum: [UInt8](minimum), maximum: [UInt8](maximum), isText: isText)
    }
}
