/// INT96 timestamps, as microseconds since 1970-01-01T00:00:00Z, rounded down.
///
/// Twelve bytes, lowest first: eight of nanoseconds within the day, four of the Julian day.
/// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#deprecated-timestamp-types
struct Int96Slots: SlotBuilder {
    private static let valueSizeBytes = 12
    /// The Julian day of 1970-01-01.
    private static let epochDay: Int64 = 2_440_588
    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// Takes the converted values: as PLAIN and in the dictionary they are those of an INT64 column.
    private var slots = FixedWidthSlots<Int64> { .int64($0) }

    var values: ColumnVector.Values { slots.values }
    var dictionaryCount: Int { slots.dictionaryCount }
    static var slotSizeBytes: Int { 8 }
    var contentSizeBytes: Int { 0 }
    var contentSizeBytesMaximum = 0

    mutating func reserve(rowCount: Int, contentSizeBytes: Int) {
        slots.reserve(rowCount: rowCount, contentSizeBytes: contentSizeBytes)
    }

    mutating func setDictionary(_ body: inout ByteCursor, count: Int) throws(ParquetError) {
        let converted = try Self.microseconds(&body, count: count)
        try converted.withUnsafeBufferPointer { values throws(ParquetError) in
            var cursor = ByteCursor(UnsafeRawBufferPointer(values))
            try slots.setDictionary(&cursor, count: count)
        }
    }

    mutating func append(
        _ encoding: Encoding, _ body: inout ByteCursor, rows: PageRows
    ) throws(ParquetError) {
        guard encoding == .plain else { throw .unsupported(encoding, of: "INT96") }
        let converted = try Self.microseconds(&body, count: rows.validCount)
        try converted.withUnsafeBufferPointer { values throws(ParquetError) in
            var cursor = ByteCursor(UnsafeRawBufferPointer(values))
            try slots.append(.plain, &cursor, rows: rows)
        }
    }

    mutating func appendEntries(
        _ indices: UnsafeBufferPointer<UInt32>, rows: PageRows
    ) throws(ParquetError) {
        try slots.appendEntries(indices, rows: rows)
    }

    private static func microseconds(
        _ body: inout ByteCursor, count: Int
    ) throws(ParquetError) -> [Int64] {
        let bytes = try body.take(count * Self.valueSizeBytes)
        var converted: [Int64] = []
        converted.reserveCapacity(count)
        for index in 0..<count {
            let start = index * Self.valueSizeBytes
            let nanoseconds = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int64.self))
            let day = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 8, as: Int32.self))
            let microseconds = nanoseconds / 1000 - (nanoseconds % 1000 < 0 ? 1 : 0)
            // Wraps around, as in the writers: Spark's own day overflows for late years, and this takes it back.
            converted.append((Int64(day) - Self.epochDay) &* Self.microsecondsPerDay &+ microseconds)
        }
        return converted
    }
}
