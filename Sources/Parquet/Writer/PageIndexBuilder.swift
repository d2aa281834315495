/// Makes the page index of a chunk.
enum PageIndexBuilder {
    /// What the index says of a data page.
    struct Page {
        var location: PageLocation
        var rowCount: Int
        var statistics: Statistics
    }

    /// The bounds of a chunk's data pages; nil where a page has values but no bounds, which the format cannot say.
    ///
    /// `precedes` tells whether one bound comes before another in the type's order.
    static func columnIndex(
        _ pages: [Page], precedes: ([UInt8], [UInt8]) -> Bool
    ) -> ColumnIndex? {
        var index = ColumnIndex()
        var nullCounts: [Int64] = []
        var nanCounts: [Int64] = []
        var isAscending = true
        var isDescending = true
        var previous: (minimum: [UInt8], maximum: [UInt8])?
        for page in pages {
            let nullCount = page.statistics.nullCount ?? 0
            nullCounts.append(nullCount)
            if let nanCount = page.statistics.nanCount { nanCounts.append(nanCount) }
            let isNull = nullCount == Int64(page.rowCount)
            index.nullPages.append(isNull)
            guard !isNull else {
                index.minValues.append([])
                index.maxValues.append([])
                continue
            }
            guard let minimum = page.statistics.minValue, let maximum = page.statistics.maxValue else {
                return nil
            }
            if let previous {
                isAscending =
                    isAscending && !precedes(minimum, previous.minimum)
                    && !precedes(maximum, previous.maximum)
                isDescending =
                    isDescending && !precedes(previous.minimum, minimum)
                    && !precedes(previous.maximum, maximum)
            }
            previous = (minimum, maximum)
            index.minValues.append(minimum)
            index.maxValues.append(maximum)
        }
        index.boundaryOrder = isAscending ? .ascending : isDescending ? .descending : .unordered
        index.nullCounts = nullCounts
        index.nanCounts = nanCounts.isEmpty ? nil : nanCounts
        return index
    }
}
