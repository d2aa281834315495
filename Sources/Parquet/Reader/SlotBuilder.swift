/// Grows one column page by page.
///
/// `levels` has one element a row, 1 where the row has a value, and `validCount` ones; nil means that every row has a value.
protocol SlotBuilder {
    var values: ColumnVector.Values { get }
    /// Makes room for the rows of a chunk, of which `contentSizeBytes` are strings.
    mutating func reserve(rowCount: Int, contentSizeBytes: Int)
    /// Takes the values of a dictionary page, in the place of those of an earlier row group.
    mutating func setDictionary(_ body: inout ByteCursor, count: Int) throws(ParquetError)
    /// Appends the rows of a PLAIN page.
    mutating func appendPlain(_ body: inout ByteCursor, rows: PageRows) throws(ParquetError)
    /// Appends the rows of a dictionary page's indices, each of which is below the dictionary's count.
    mutating func appendEntries(
        _ indices: UnsafeBufferPointer<UInt32>, rows: PageRows
    ) throws(ParquetError)
    /// The number of dictionary entries.
    var dictionaryCount: Int { get }
    /// Bytes that a slot takes at least.
    static var slotSizeBytes: Int { get }
    /// Bytes that were appended beyond the slots.
    var contentSizeBytes: Int { get }
    /// The most that ``contentSizeBytes`` may become.
    var contentSizeBytesMaximum: Int { get set }
}

/// The rows of one page.
struct PageRows {
    var count: Int
    /// How many have a value.
    var validCount: Int
    /// One element a row, 1 where it has a value; nil when all have.
    var levels: UnsafeBufferPointer<UInt8>?
}

extension UnsafeMutableBufferPointer {
    /// Moves the first `rows.validCount` elements to the rows that have a value and fills the others.
    func spread(_ rows: PageRows, filler: Element) {
        guard let levels = rows.levels else { return }
        var source = rows.validCount
        for row in stride(from: rows.count - 1, through: 0, by: -1) {
            if levels[row] == 1 {
                source -= 1
                self[row] = self[source]
            } else {
                self[row] = filler
            }
        }
    }
}

/// Numbers.
struct FixedWidthSlots<Value: FixedWidthValue>: SlotBuilder {
    private(set) var slots: [Value] = []
    private var dictionary: [Value] = []
    private let makeValues: ([Value]) -> ColumnVector.Values

    init(_ makeValues: @escaping ([Value]) -> ColumnVector.Values) {
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

    mutating func appendPlain(_ body: inout ByteCursor, rows: PageRows) throws(ParquetError) {
        let bytes = try body.take(rows.validCount * MemoryLayout<Value>.size)
        appendSlots(rows) { added in
            UnsafeMutableRawBufferPointer(added).copyMemory(from: bytes)
        }
    }

    mutating func appendEntries(
        _ indices: UnsafeBufferPointer<UInt32>, rows: PageRows
    ) throws(ParquetError) {
        let dictionary = dictionary
        appendSlots(rows) { added in
            dictionary.withUnsafeBufferPointer { dictionary in
                for position in 0..<indices.count {
                    added[position] = dictionary[Int(indices[position])]
                }
            }
        }
    }

    /// Appends rows, the values of which `fill` puts first.
    private mutating func appendSlots(
        _ rows: PageRows, fill: (UnsafeMutableBufferPointer<Value>) -> Void
    ) {
        let start = slots.count
        slots.append(contentsOf: repeatElement(.zero, count: rows.count))
        slots.withUnsafeMutableBufferPointer { buffer in
            let added = UnsafeMutableBufferPointer(rebasing: buffer[start...])
            fill(added)
            added.spread(rows, filler: .zero)
        }
    }
}

/// Truth values.
struct BooleanSlots: SlotBuilder {
    private var slots: [Bool] = []

    var values: ColumnVector.Values { .boolean(slots) }
    var dictionaryCount: Int { 0 }
    static var slotSizeBytes: Int { 1 }
    var contentSizeBytes: Int { 0 }
    var contentSizeBytesMaximum = 0

    mutating func reserve(rowCount: Int, contentSizeBytes: Int) {
        slots.reserveCapacity(slots.count + rowCount)
    }

    mutating func setDictionary(_ body: inout ByteCursor, count: Int) throws(ParquetError) {
        throw .corrupt("a BOOLEAN column has a dictionary")
    }

    mutating func appendPlain(_ body: inout ByteCursor, rows: PageRows) throws(ParquetError) {
        let bytes = try body.take((rows.validCount + 7) / 8)
        let start = slots.count
        slots.append(contentsOf: repeatElement(false, count: rows.count))
        slots.withUnsafeMutableBufferPointer { buffer in
            let added = UnsafeMutableBufferPointer(rebasing: buffer[start...])
            for index in 0..<rows.validCount {
                added[index] = bytes[index >> 3] >> UInt8(index & 7) & 1 == 1
            }
            added.spread(rows, filler: false)
        }
    }

    mutating func appendEntries(
        _ indices: UnsafeBufferPointer<UInt32>, rows: PageRows
    ) throws(ParquetError) {
        throw .corrupt("a BOOLEAN column has dictionary indices")
    }
}

/// Strings and raw bytes.
struct ByteSlots: SlotBuilder {
    private var slots = ByteColumn()
    private var dictionary = ByteColumn()

    init() {}

    var values: ColumnVector.Values { .bytes(slots) }
    var dictionaryCount: Int { dictionary.count }
    static var slotSizeBytes: Int { 4 }
    var contentSizeBytes: Int { slots.bytes.count }
    var contentSizeBytesMaximum = Int(UInt32.max)

    mutating func reserve(rowCount: Int, contentSizeBytes: Int) {
        slots.offsets.reserveCapacity(slots.offsets.count + rowCount)
        slots.bytes.reserveCapacity(slots.bytes.count + contentSizeBytes)
    }

    mutating func setDictionary(_ body: inout ByteCursor, count: Int) throws(ParquetError) {
        var entries = ByteColumn()
        let all = PageRows(count: count, validCount: count, levels: nil)
        try Self.append(&body, rows: all, to: &entries, sizeBytesMaximum: Int(UInt32.max))
        dictionary = entries
    }

    mutating func appendPlain(_ body: inout ByteCursor, rows: PageRows) throws(ParquetError) {
        try Self.append(&body, rows: rows, to: &slots, sizeBytesMaximum: contentSizeBytesMaximum)
    }

    private static func append(
        _ body: inout ByteCursor, rows: PageRows, to column: inout ByteColumn, sizeBytesMaximum: Int
    ) throws(ParquetError) {
        let bytes = body.takeRest()
        guard rows.validCount <= bytes.count / 4 else {
            throw .corrupt("\(rows.validCount) strings in \(bytes.count) bytes")
        }
        // No string is longer than the page less the four bytes of each length.
        let start = column.bytes.count
        let contentSizeBytes = bytes.count - rows.validCount * 4
        guard start + contentSizeBytes <= sizeBytesMaximum else {
            throw .limitExceeded("the column takes more than \(sizeBytesMaximum) bytes")
        }
        let firstOffset = column.offsets.count
        column.offsets.append(contentsOf: repeatElement(0, count: rows.count))
        column.bytes.append(contentsOf: repeatElement(0, count: contentSizeBytes))
        var position = 0
        var filled = start
        var failedAt: Int?
        column.bytes.withUnsafeMutableBytes { target in
            column.offsets.withUnsafeMutableBufferPointer { offsets in
                for row in 0..<rows.count {
                    if rows.levels?[row] ?? 1 == 1 {
                        guard position + 4 <= bytes.count else {
                            failedAt = row
                            return
                        }
                        let length = Int(
                            UInt32(
                                littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
                        position += 4
                        guard length <= bytes.count - position, length <= target.count - filled else {
                            failedAt = row
                            return
                        }
                        if length > 0, let from = bytes.baseAddress, let to = target.baseAddress {
                            (to + filled).copyMemory(from: from + position, byteCount: length)
                        }
                        position += length
                        filled += length
                    }
                    offsets[firstOffset + row] = UInt32(truncatingIfNeeded: filled)
                }
            }
        }
        if let failedAt { throw .corrupt("the string of row \(failedAt) of the page exceeds the page") }
        column.bytes.removeLast(column.bytes.count - filled)
    }

    mutating func appendEntries(
        _ indices: UnsafeBufferPointer<UInt32>, rows: PageRows
    ) throws(ParquetError) {
        let start = slots.bytes.count
        let (entryOffsets, entryBytes) = (dictionary.offsets, dictionary.bytes)
        var sizeBytes = 0
        entryOffsets.withUnsafeBufferPointer { entryOffsets in
            for index in indices {
                sizeBytes += Int(entryOffsets[Int(index) + 1] &- entryOffsets[Int(index)])
            }
        }
        guard sizeBytes <= contentSizeBytesMaximum - start else {
            throw .limitExceeded("the column takes more than \(contentSizeBytesMaximum) bytes")
        }
        let firstOffset = slots.offsets.count
        slots.offsets.append(contentsOf: repeatElement(0, count: rows.count))
        slots.bytes.append(contentsOf: repeatElement(0, count: sizeBytes))
        slots.bytes.withUnsafeMutableBytes { target in
            slots.offsets.withUnsafeMutableBufferPointer { offsets in
                entryOffsets.withUnsafeBufferPointer { entryOffsets in
                    entryBytes.withUnsafeBytes { source in
                        var filled = start
                        var next = 0
                        for row in 0..<rows.count {
                            if rows.levels?[row] ?? 1 == 1 {
                                let index = Int(indices[next])
                                next += 1
                                let from = Int(entryOffsets[index])
                                let length = Int(entryOffsets[index + 1]) - from
                                if length > 0, let source = source.baseAddress,
                                    let target = target.baseAddress
                                {
                                    (target + filled).copyMemory(from: source + from, byteCount: length)
                                }
                                filled += length
                            }
                            offsets[firstOffset + row] = UInt32(truncatingIfNeeded: filled)
                        }
                    }
                }
            }
        }
    }
}
