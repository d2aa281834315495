/// Numbers.
struct FixedWidthSlots<Value: FixedWidthValue>: SlotBuilder {
    private(set) var slots: [Value] = []
    private var dictionary: [Value] = []
    private let makeValues: ([Value]) -> ColumnVector.Values
    private let decodeDelta: DeltaDecoder?

    typealias DeltaDecoder =
        (inout ByteCursor, UnsafeMutableBufferPointer<Value>) throws(ParquetError) -> Void

    /// Makes an empty column.
    ///
    /// - Parameters:
    ///   - decodeDelta: Reads DELTA_BINARY_PACKED; nil where the values are no integers.
    ///   - makeValues: Wraps the slots.
    init(decodeDelta: DeltaDecoder? = nil, _ makeValues: @escaping ([Value]) -> ColumnVector.Values) {
        self.decodeDelta = decodeDelta
        self.makeValues = makeValues
    }

    var values: ColumnVector.Values { makeValues(slots) }
    var dictionaryCount: Int { dictionary.count }
    static var slotSizeBytes: Int { MemoryLayout<Value>.size }
    var contentSizeBytes: Int { 0 }
    var contentSizeBytesMaximum = 0

    mutating func reserve(rowCount: Int, contentSizeBytes: Int) {
        slots.reserveCapacity(slots.count + rowCount)
    }

    mutating func setDictionary(_ body: inout ByteCursor, count: Int) throws(ParquetError) {
        let bytes = try body.take(count * MemoryLayout<Value>.size)
        dictionary = [Value](repeating: .zero, count: count)
        dictionary.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
    }

    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    @_specialize(where Value == Float)
    @_specialize(where Value == Double)
    mutating func append(
        _ encoding: Encoding, _ body: inout ByteCursor, rows: PageRows
    ) throws(ParquetError) {
        let sizeBytes = rows.validCount * MemoryLayout<Value>.size
        switch encoding {
        case .plain:
            let bytes = try body.take(sizeBytes)
            try appendSlots(rows) { added throws(ParquetError) in
                UnsafeMutableRawBufferPointer(added).copyMemory(from: bytes)
            }
        case .byteStreamSplit:
            var values = ByteCursor(try body.take(sizeBytes))
            try appendSlots(rows) { added throws(ParquetError) in
                let target = UnsafeMutableRawBufferPointer(added)
                try ByteStreamSplit.decode(
                    &values, width: MemoryLayout<Value>.size,
                    into: UnsafeMutableRawBufferPointer(rebasing: target[..<sizeBytes]))
            }
        case .deltaBinaryPacked:
            guard let decodeDelta else { fallthrough }
            try DeltaBinaryPacked.validateCount(body, count: rows.validCount)
            var cursor = body
            try appendSlots(rows) { added throws(ParquetError) in
                try decodeDelta(
                    &cursor, UnsafeMutableBufferPointer(rebasing: added[..<rows.validCount]))
            }
        default: throw .unsupported(encoding, of: "numbers")
        }
    }

    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    @_specialize(where Value == Float)
    @_specialize(where Value == Double)
    mutating func appendEntries(
        _ indices: UnsafeBufferPointer<UInt32>, rows: PageRows
    ) throws(ParquetError) {
        let dictionary = dictionary
        try appendSlots(rows) { added throws(ParquetError) in
            dictionary.withUnsafeBufferPointer { dictionary in
                for position in 0..<indices.count {
                    added[position] = dictionary[Int(indices[position])]
                }
            }
        }
    }

    /// Appends rows, the values of which `fill` puts first.
    private mutating func appendSlots(
        _ rows: PageRows, fill: (UnsafeMutableBufferPointer<Value>) throws(ParquetError) -> Void
    ) throws(ParquetError) {
        let start = slots.count
        slots.append(contentsOf: repeatElement(.zero, count: rows.count))
        try slots.withUnsafeMutableBufferPointer { buffer throws(ParquetError) in
            let added = UnsafeMutableBufferPointer(rebasing: buffer[start...])
            try fill(added)
            added.spread(rows, filler: .zero)
        }
    }
}

extension FixedWidthSlots where Value: SignedInteger & FixedWidthInteger {
    /// Makes an empty column of integers.
    init(integers makeValues: @escaping ([Value]) -> ColumnVector.Values) {
        self.init(
            decodeDelta: { (cursor, output) throws(ParquetError) in
                try DeltaBinaryPacked.decode(&cursor, into: output)
            }, makeValues)
    }
}
