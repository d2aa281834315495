import TestSupport
import Testing

@testable import Wistia

struct RetentionCurveTests {
    static func make(_ net: [Int64], plays: Int64? = 10, duration: Double? = nil) -> RetentionCurve {
        RetentionCurve(
            netByCell: net.enumerated().map { (Int32($0.offset), $0.element) }, playCount: plays,
            durationSeconds: duration)
    }

    @Test(
        arguments: [
            (0, nil, 1), (1, nil, 1), (999, nil, 1), (999, 5_000, 1), (1_000, 1_000, 1),
            (1_000, 1_337, 1.337),
            (1_000, 2_194.54, 2.19454), (1_000, 999.5, 1), (1_000, 0, 1), (1_000, -5, 1), (1_000, nil, nil),
            (1_000, .nan, nil), (1_000, .infinity, nil), (1_500, 3_000, 3), (1_000, 2_147_483_649, nil),
        ] as [(Int, Double?, Double?)])
    func `a cell is one second below 1,000 cells and a share of the duration from there`(
        cellCount: Int, durationSeconds: Double?, expected: Double?
    ) {
        #expect(
            RetentionCurve.secondsPerCell(cellCount: cellCount, durationSeconds: durationSeconds) == expected)
    }

    @Test func `net is 0 past the end`() {
        let curve = Self.make([9, 7])
        #expect([0, 1, 2, 100].map { curve.net(atCell: $0) } == [9, 7, 0, 0])
        #expect(Self.make([]).net(atCell: 0) == 0)
    }

    @Test func `a gap holds the value before it, at the start the first one known`() {
        let curve = RetentionCurve(netByCell: [(2, 9), (5, 4)], playCount: 10, durationSeconds: nil)
        #expect((0...6).map { curve.net(atCell: $0) } == [9, 9, 9, 9, 9, 4, 0])
        #expect(curve.cellCount == 6)
        #expect(curve.medianWatchSeconds == 5)
    }

    @Test(arguments: [
        (0, 0), (1, 0), (2, 0), (3, 1), (20, 18), (21, 19), (101, 95), (436, 413), (1_000, 949),
    ])
    func `the completion cell is 95 percent of the way to the last cell`(cellCount: Int, expected: Int) {
        #expect(Self.make([Int64](repeating: 1, count: cellCount)).completionCell == expected)
    }

    @Test(
        arguments: [
            ([10, 8, 5, 4, 3], 10, 0.4), ([10, 8, 5, 0, 9], 10, 0), ([12], 10, 1), ([-3], 10, 0),
            ([5], 0, nil),
            ([5], nil, nil), ([5], -1, nil), ([], 10, nil),
        ] as [([Int64], Int64?, Double?)])
    func `completion is the share that reached the completion cell, clipped to 0…1`(
        net: [Int64], plays: Int64?, expected: Double?
    ) {
        #expect(Self.make(net, plays: plays).completionRate == expected)
    }

    @Test(
        arguments: [
            ([10, 8, 5, 4, 3], 10, 3), ([10, 9, 8], 10, 3), ([0], 1, 0), ([1], 1, 1), ([5, 5, 4], 9, 2),
            ([5, 5, 4], 10, 2), ([10, 2, 9], 10, 1), ([5], 0, nil), ([5], nil, nil), ([], 10, nil),
        ] as [([Int64], Int64?, Int64?)])
    func `the median is the first second that fewer than half reached`(
        net: [Int64], plays: Int64?, expected: Int64?
    ) {
        #expect(Self.make(net, plays: plays).medianWatchSeconds == expected)
    }

    @Test func `the median of scaled cells is in seconds`() {
        let net = [Int64](repeating: 10, count: 300) + [Int64](repeating: 4, count: 700)
        #expect(Self.make(net, duration: 2_500).medianWatchSeconds == 750)
        // Second 752 still lies in cell 299: 300 cells of 2.507 s end at 752.1 s.
        #expect(Self.make(net, duration: 2_507).medianWatchSeconds == 753)
        #expect(Self.make(net, duration: nil).medianWatchSeconds == nil)
        #expect(Self.make(net, duration: nil).completionRate == 0.4)
    }

    @Test func `an account's figures weigh media by plays`() {
        let short = Self.make([10, 10, 1], plays: 10)
        let long = Self.make([30, 20, 20, 6], plays: 30)
        // net at the completion cells: 10 of 10 plays and 20 of 30.
        #expect(RetentionCurve.completionRate(of: [short, long]) == 0.75)
        // 40, 30, 21 and 6 of 40 plays.
        #expect(RetentionCurve.medianWatchSeconds(of: [short, long]) == 3)
        #expect(RetentionCurve.medianWatchSeconds(of: []) == nil)
        #expect(RetentionCurve.completionRate(of: []) == nil)
    }

    @Test func `an account leaves out media without plays, without cells, and for seconds without a length`()
    {
        let counted = Self.make([10, 4], plays: 10)
        let unplayed = Self.make([900, 900], plays: 0)
        let bare = Self.make([], plays: 1_000)
        let unscaled = Self.make([Int64](repeating: 90, count: 1_000), plays: 90)
        #expect(RetentionCurve.medianWatchSeconds(of: [counted, unplayed, bare, unscaled]) == 1)
        #expect(RetentionCurve.completionRate(of: [counted, unplayed, bare]) == 1)
        #expect(RetentionCurve.completionRate(of: [counted, unplayed, bare, unscaled]) == 1)
    }

    @Test func `counters at the ends of their range do not trap`() {
        let curve = Self.make([.max, .min, .max, .min], plays: .max)
        #expect(curve.medianWatchSeconds == 1)
        #expect(RetentionCurve.medianWatchSeconds(of: [curve, curve, curve]) == 1)
        #expect(RetentionCurve.completionRate(of: [curve, curve]) == 1)
    }

    /// The account's median as the design words it: every second, every media.
    static func definition(_ curves: [RetentionCurve]) -> Int64? {
        let counted = curves.filter(\.hasRates).compactMap { curve in
            curve.secondsPerCell.map { (curve: curve, secondsPerCell: $0) }
        }
        let plays = counted.reduce(0) { $0 + $1.curve.playCount }
        guard plays > 0 else { return nil }
        return (0...).first { (second: Int64) in
            let net = counted.reduce(Int64(0)) { sum, media in
                sum + media.curve.net(atCell: Int((Double(second) / media.secondsPerCell).rounded(.down)))
            }
            return 2 * net < plays
        }
    }

    @Test(arguments: 0..<40)
    func `the sweep over cells agrees with the definition over seconds`(seed: Int) {
        var random = SeededGenerator(state: UInt64(seed))
        let curves = (0..<(1 + Int.random(in: 0..<4, using: &random))).map { _ in
            let cellCount = [1, 7, 999, 1_000, 1_200][Int.random(in: 0..<5, using: &random)]
            let plays = 50 + Int.random(in: 0..<100, using: &random)
            let floor = Int.random(in: 0..<plays, using: &random)
            return Self.make(
                (0..<cellCount).map {
                    Int64(
                        floor + (plays - floor) * (cellCount - $0) / cellCount
                            + Int.random(in: 0..<5, using: &random) - 2)
                },
                plays: Int64(plays),
                duration: Double.random(in: 0..<4_000, using: &random))
        }
        #expect(RetentionCurve.medianWatchSeconds(of: curves) == Self.definition(curves))
    }

    @Test(arguments: [1.337, 2.19454, 1.0000001, 3.1, 7.7, 1_234.567, 2_147_483.648])
    func `the first second of a cell is the smallest that the definition puts there`(secondsPerCell: Double) {
        for cell in 0...1_000 {
            let second = RetentionCurve.firstSecond(ofCell: cell, secondsPerCell: secondsPerCell)
            #expect((Double(second) / secondsPerCell).rounded(.down) >= Double(cell))
            #expect(second == 0 || (Double(second - 1) / secondsPerCell).rounded(.down) < Double(cell))
        }
    }
}
