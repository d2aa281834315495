/// Strings, raw bytes and values of a fixed number of bytes.
struct ByteSlots: SlotBuilder {
    private var slots = ByteColumn()
    private var dictionary = ByteColumn()

    /// Bytes a value; nil where each value says how many it has.
    private let fixedLength: Int?

    init(fixedLength: Int? = nil) {
        self.fixedLength = fixedLength
    }

    var values: ColumnVector.Values { .bytes(slots) }
    var dictionaryCount: Int { dictionary.count }
    static var slotSizeBytes: Int { 4 }
    var contentSizeBytes: Int { slots.bytes.count }
    var contentSizeBytesMaximum = ByteColumn.sizeBytesMaximum

    mutating func reserve(rowCount: Int, contentSizeBytes: Int) {
        slots.offsets.reserveCapacity(slots.offsets.count + rowCount)
        slots.bytes.reserveCapacity(slots.bytes.count + contentSizeBytes)
    }

    mutating func setDictionary(_ body: inout ByteCursor, count: Int) throws(ParquetError) {
        var entries = ByteColumn()
        let all = PageRows(count: count, validCount: count, levels: nil)
        if let fixedLength {
            let values = try body.take(count * fixedLength)
            try Self.append(
                values, length: fixedLength, rows: all, to: &entries,
                sizeBytesMaximum: ByteColumn.sizeBytesMaximum)
        } else {
            try Self.append(&body, rows: all, to: &entries, sizeBytesMaximum: ByteColumn.sizeBytesMaximum)
        }
        dictionary = entries
    }

    mutating func append(
        _ encoding: Encoding, _ body: inout ByteCursor, rows: PageRows
    ) throws(ParquetError) {
        switch (encoding, fixedLength) {
        case (.plain, nil):
            try Self.append(&body, rows: rows, to: &slots, sizeBytesMaximum: contentSizeBytesMaximum)
        case (.plain, let length?):
            let values = try body.take(rows.validCount * length)
            try Self.append(
                values, length: length, rows: rows, to: &slots, sizeBytesMaximum: contentSizeBytesMaximum)
        case (.byteStreamSplit, let length?):
            try appendSplit(&body, length: length, rows: rows)
        case (.deltaLengthByteArray, nil), (.deltaByteArray, _):
            try appendDelta(encoding, &body, rows: rows)
        default: throw .unsupported(encoding, of: "byte strings")
        }
    }

    private mutating func appendSplit(
        _ body: inout ByteCursor, length: Int, rows: PageRows
    ) throws(ParquetError) {
        let sizeBytes = rows.validCount * length
        var split = ByteCursor(try body.take(sizeBytes))
        var values = [UInt8](repeating: 0, count: sizeBytes)
        try values.withUnsafeMutableBufferPointer { values throws(ParquetError) in
            let target = UnsafeMutableRawBufferPointer(values)
            try ByteStreamSplit.decode(&split, width: length, into: target)
            try Self.append(
                UnsafeRawBufferPointer(target), length: length, rows: rows, to: &slots,
                sizeBytesMaximum: contentSizeBytesMaximum)
        }
    }

    private mutating func appendDelta(
        _ encoding: Encoding, _ body: inout ByteCursor, rows: PageRows
    ) throws(ParquetError) {
        try DeltaBinaryPacked.validateCount(body, count: rows.validCount)
        let end = UInt32(truncatingIfNeeded: slots.bytes.count)
        let firstOffset = slots.offsets.count
        if encoding == .deltaByteArray {
            try DeltaByteArray.decode(
                &body, count: rows.validCount, appendingTo: &slots,
                sizeBytesMaximum: contentSizeBytesMaximum)
        } else {
            try DeltaLengthByteArray.decode(
                &body, count: rows.validCount, appendingTo: &slots,
                sizeBytesMaximum: contentSizeBytesMaximum)
        }
        if let fixedLength {
            for index in firstOffset..<slots.offsets.count
            where Int(slots.offsets[index] - slots.offsets[index - 1]) != fixedLength {
                throw .corrupt(
                    "a value of \(slots.offsets[index] - slots.offsets[index - 1]) bytes where the schema says \(fixedLength)"
                )
            }
        }
        guard let levels = rows.levels else { return }
        // As in spread: from the last row to the first, a null row ending where the value before it does.
        slots.offsets.append(contentsOf: repeatElement(0, count: rows.count - rows.validCount))
        slots.offsets.withUnsafeMutableBufferPointer { offsets in
            var source = rows.validCount
            for row in stride(from: rows.count - 1, through: 0, by: -1) {
                offsets[firstOffset + row] = source == 0 ? end : offsets[firstOffset + source - 1]
                source -= Int(levels[row])
            }
        }
    }

    /// Appends the rows of values of a fixed length, given back to back.
    private static func append(
        _ values: UnsafeRawBufferPointer, length: Int, rows: PageRows, to column: inout ByteColumn,
        sizeBytesMaximum: Int
    ) throws(ParquetError) {
        guard values.count <= sizeBytesMaximum - column.bytes.count else {
            throw .columnExceeds(sizeBytesMaximum)
        }
        var end = column.bytes.count
        column.bytes.append(contentsOf: values)
        let firstOffset = column.offsets.count
        column.offsets.append(contentsOf: repeatElement(0, count: rows.count))
        column.offsets.withUnsafeMutableBufferPointer { offsets in
            for row in 0..<rows.count {
                end += rows.levels?[row] ?? 1 == 1 ? length : 0
                offsets[firstOffset + row] = UInt32(truncatingIfNeeded: end)
            }
        }
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
            throw .columnExceeds(sizeBytesMaximum)
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
            throw .columnExceeds(contentSizeBytesMaximum)
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

extension ParquetError {
    /// The strings of a column take more bytes than the limits leave it, or than a batch can hold.
    static func columnExceeds(_ sizeBytesMaximum: Int) -> ParquetError {
        var error = limitExceeded("the column takes more than \(sizeBytesMaximum) bytes")
        if sizeBytesMaximum >= ByteColumn.sizeBytesMaximum {
            error.remedy = "read fewer row groups at once: a column of a batch holds no more"
        }
        return error
    }
}
