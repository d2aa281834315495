/// Grows one column page by page.
protocol SlotBuilder {
    var values: ColumnVector.Values { get }
    /// Makes room for the rows of a chunk, of which `contentSizeBytes` are strings.
    mutating func reserve(rowCount: Int, contentSizeBytes: Int)
    /// Takes the values of a dictionary page, in the place of those of an earlier row group.
    mutating func setDictionary(_ body: inout ByteCursor, count: Int) throws(ParquetError)
    /// Appends the rows of a page that has no dictionary indices.
    mutating func append(
        _ encoding: Encoding, _ body: inout ByteCursor, rows: PageRows
    ) throws(ParquetError)
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
///
/// `levels` has one element a row, 1 where the row has a value, and `validCount` ones; nil means that every row has a value.
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

extension ParquetError {
    static func unsupported(_ encoding: Encoding, of values: String) -> ParquetError {
        .unsupported("the encoding of \(values) is \(encoding)")
    }
}
