/// How a media's audience thins out from cell to cell, and the figures that are read off it.
///
/// A media's length is cut into cells of one second each, or into 1,000 equal cells where it is longer
/// than that. *net* is how many plays reached a cell: its views less those that were a rewatch.
struct RetentionCurve: Sendable {
    /// Plays that reached each known cell, by ascending cell.
    ///
    /// The last known cell ends the media. Silver takes a media's cells as a whole or not at all; where a stored
    /// partition lacks some all the same, the gap holds the value before it (at the start: the first one known), so
    /// that it is not mistaken for viewers leaving.
    private(set) var netByCell: [(cell: Int32, net: Int64)]
    /// Plays of the media; 0 when it has none or the number is unknown.
    private(set) var playCount: Int64
    /// The length of one cell in seconds; nil when the cells were scaled and the duration is unknown.
    private(set) var secondsPerCell: Double?

    /// Makes a curve from cells in ascending order.
    ///
    /// - Parameters:
    ///   - netByCell: each known cell and its net plays.
    ///   - playCount: plays of the media; nil when unknown.
    ///   - durationSeconds: the media's length; nil when unknown.
    init(netByCell: [(cell: Int32, net: Int64)], playCount: Int64?, durationSeconds: Double?) {
        self.netByCell = netByCell
        self.playCount = max(0, playCount ?? 0)
        let cellCount = (netByCell.last?.cell).map { Int($0) + 1 } ?? 0
        secondsPerCell = Self.secondsPerCell(cellCount: cellCount, durationSeconds: durationSeconds)
    }

    /// The number of cells from the media's start to its last known cell.
    var cellCount: Int { (netByCell.last?.cell).map { Int($0) + 1 } ?? 0 }

    /// Whether the media has both plays and cells; only such media have rates.
    var hasRates: Bool { playCount > 0 && !netByCell.isEmpty }

    /// Plays that reached a cell, from 0; 0 past the end.
    func net(atCell cell: Int) -> Int64 {
        guard let first = netByCell.first, cell < cellCount else { return 0 }
        var low = 0
        var high = netByCell.count
        while low < high {
            let middle = (low + high) / 2
            if Int(netByCell[middle].cell) <= cell { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first.net : netByCell[low - 1].net
    }

    /// The cell that stands for a complete view: 95 % of the way, since the last cell has an end effect.
    ///
    /// In whole numbers, so that no rounding of 0.95 moves it.
    var completionCell: Int { max(0, cellCount - 1) * 95 / 100 }

    /// The share of plays that reached the end, 0…1; nil without plays or cells.
    var completionRate: Double? { Self.completionRate(of: [self]) }

    /// The first whole second that fewer than half of the plays reached; nil without plays, cells or their length.
    var medianWatchSeconds: Int64? { Self.medianWatchSeconds(of: [self]) }

    /// The length of one cell: one second below 1,000 cells, else a thousandth of the duration, at least one second.
    ///
    /// - Parameters:
    ///   - cellCount: the media's cells; from 1,000 on Wistia has scaled them.
    ///   - durationSeconds: the media's length; nil when unknown. What is no length at all, NaN or above 2³¹ seconds
    ///     (68 years), counts as unknown.
    /// - Returns: seconds; nil when the cells were scaled and the duration is unknown.
    static func secondsPerCell(cellCount: Int, durationSeconds: Double?) -> Double? {
        guard cellCount >= 1_000 else { return 1 }
        guard let durationSeconds, durationSeconds <= 0x1p31 else { return nil }
        return max(1, durationSeconds / 1_000)
    }

    /// The share of all plays that reached the end of their media, 0…1; nil where no media has plays and cells.
    ///
    /// The quotient of the sums is clipped, not each media, so that one odd media does not bend the account's figure.
    static func completionRate(of curves: [RetentionCurve]) -> Double? {
        var net: Int128 = 0
        var plays: Int128 = 0
        for curve in curves where curve.hasRates {
            net += Int128(curve.net(atCell: curve.completionCell))
            plays += Int128(curve.playCount)
        }
        guard plays > 0 else { return nil }
        return min(1, max(0, Double(net) / Double(plays)))
    }

    /// The first whole second that fewer than half of all plays reached; nil where no media can tell.
    ///
    /// Second s of each media lies in its own cell. A media whose cells have no known length is left out on both sides.
    /// The work grows with the cells, whatever the durations: the sum only changes where a cell begins.
    static func medianWatchSeconds(of curves: [RetentionCurve]) -> Int64? {
        var plays: Int128 = 0
        var changes: [(second: Int64, net: Int128)] = []
        for curve in curves where curve.hasRates {
            guard let secondsPerCell = curve.secondsPerCell else { continue }
            plays += Int128(curve.playCount)
            var previous: Int128 = 0
            for (index, (cell, net)) in curve.netByCell.enumerated() {
                let second = index == 0 ? 0 : firstSecond(ofCell: Int(cell), secondsPerCell: secondsPerCell)
                changes.append((second, Int128(net) - previous))
                previous = Int128(net)
            }
            changes.append((firstSecond(ofCell: curve.cellCount, secondsPerCell: secondsPerCell), -previous))
        }
        changes.sort { $0.second < $1.second }

        var net: Int128 = 0
        for (index, change) in changes.enumerated() {
            net += change.net
            let isLastOfSecond = index + 1 == changes.count || changes[index + 1].second > change.second
            if isLastOfSecond, 2 * net < plays { return change.second }
        }
        return nil
    }

    /// The smallest whole second s with ⌊s / seconds per cell⌋ at or after a cell.
    ///
    /// The product may be a hair off; the definition, evaluated in doubles, decides.
    static func firstSecond(ofCell cell: Int, secondsPerCell: Double) -> Int64 {
        var second = (Double(cell) * secondsPerCell).rounded(.up)
        while (second / secondsPerCell).rounded(.down) < Double(cell) { second += 1 }
        while second > 0, ((second - 1) / secondsPerCell).rounded(.down) >= Double(cell) { second -= 1 }
        return Int64(second)
    }
}
