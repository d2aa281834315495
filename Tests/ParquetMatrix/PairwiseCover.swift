/// Few rows of a table in which any two columns together take every pair of values that they take in the whole table.
enum PairwiseCover {
    /// - Parameter rows: What is possible: for each row the number of its value in each dimension.
    /// - Returns: The positions of the chosen rows: greedily those with the most pairs not yet seen.
    static func choose(_ rows: [[Int]]) -> [Int] {
        let width = (rows.joined().max() ?? 0) + 1
        let dimensions = rows.first?.count ?? 0
        let pairs = rows.map { row in
            (0..<dimensions).flatMap { left in
                (left + 1..<dimensions).map { right in
                    ((left * dimensions + right) * width + row[left]) * width + row[right]
                }
            }
        }
        var isMissing = [Bool](repeating: false, count: dimensions * dimensions * width * width)
        for pair in pairs.joined() { isMissing[pair] = true }
        var chosen: [Int] = []
        while true {
            var best = (row: -1, gain: 0)
            for (row, pairs) in pairs.enumerated() {
                let gain = pairs.reduce(0) { $0 + (isMissing[$1] ? 1 : 0) }
                if gain > best.gain { best = (row, gain) }
            }
            guard best.gain > 0 else { return chosen }
            chosen.append(best.row)
            for pair in pairs[best.row] { isMissing[pair] = false }
        }
    }
}
