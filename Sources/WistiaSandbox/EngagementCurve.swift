/// The two arrays of `/stats/medias/{id}/engagement`.
struct EngagementCurve: Equatable {
    var engagement: [Int]
    var rewatch: [Int]

    /// The same curve after more plays: every cell grows in proportion, rounded down.
    func scaled(plays: Int, from basePlays: Int) -> EngagementCurve {
        guard basePlays > 0, plays > basePlays else { return self }
        func grow(_ cell: Int) -> Int { cell + cell * (plays - basePlays) / basePlays }
        return EngagementCurve(engagement: engagement.map(grow), rewatch: rewatch.map(grow))
    }

    /// A curve for a made-up media: decreasing, with the end effect that real ones show.
    static func synthetic(cells: Int, plays: Int, steepness: Double) -> EngagementCurve {
        guard cells > 0, plays > 0 else {
            return EngagementCurve(
                engagement: Array(repeating: 0, count: cells), rewatch: Array(repeating: 0, count: cells))
        }
        let last = Double(max(1, cells - 1))
        var net = (0..<cells).map { Int(Double(plays) * (0.08 + 0.9 * shape(Double($0) / last, steepness))) }
        net[cells - 1] += net[cells - 1] / 6
        let rewatch = net.indices.map { net[$0] / ($0 == 0 ? 10 : 22) }
        return EngagementCurve(engagement: zip(net, rewatch).map { $0 + $1 }, rewatch: rewatch)
    }

    /// Fills the gap between known ends with a smooth decreasing curve whose cells add up exactly.
    static func filled(first: [Int], last: [Int], cells: Int, sum: Int) -> [Int] {
        let gap = cells - first.count - last.count
        guard gap > 0, let high = first.last, let low = last.first else { return first + last }
        let wanted = sum - first.reduce(0, +) - last.reduce(0, +)
        func middle(_ steepness: Double) -> [Int] {
            (1...gap).map { low + Int(Double(high - low) * shape(Double($0) / Double(gap + 1), steepness)) }
        }
        var (flat, steep) = (0.0, 1_000.0)
        for _ in 0..<80 {
            let between = (flat + steep) / 2
            if middle(between).reduce(0, +) > wanted { flat = between } else { steep = between }
        }
        var cells = middle(steep)
        // The rounding's remainder goes to the front, one each, which keeps the curve decreasing.
        for index in 0..<max(0, min(gap, wanted - cells.reduce(0, +))) {
            cells[index] += 1
        }
        return first + cells + last
    }

    /// Falls from 1 at 0 to 0 at 1, the faster the steeper; only exact floating-point operations, so that every machine
    /// draws the same curve.
    private static func shape(_ position: Double, _ steepness: Double) -> Double {
        (1 - position) / (1 + steepness * position)
    }
}
