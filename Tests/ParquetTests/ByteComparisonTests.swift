import Testing

@testable import Parquet

struct ByteComparisonTests {
    /// Byte strings of every length up to 20 that differ from a common one in at most one place.
    private static let samples: [[UInt8]] = (0...20).flatMap { count -> [[UInt8]] in
        let base = (0..<count).map { UInt8($0 * 13) }
        return [base]
            + base.indices.flatMap { index -> [[UInt8]] in
                ([1, 0x80, 0xff] as [UInt8]).map { change in
                    var changed = base
                    changed[index] ^= change
                    return changed
                }
            }
    }

    @Test func `agrees with the standard library`() {
        for left in Self.samples {
            for right in Self.samples {
                left.withUnsafeBytes { leftBytes in
                    right.withUnsafeBytes { rightBytes in
                        let areEqual = left == right
                        let isBefore = left.lexicographicallyPrecedes(right)
                        let shared = zip(left, right).prefix { $0 == $1 }.count
                        let isSound =
                            leftBytes.hasSameBytes(as: rightBytes) == areEqual
                            && leftBytes.precedes(rightBytes) == isBefore
                            && leftBytes.sharedPrefixCount(with: rightBytes) == shared
                            && (!areEqual || leftBytes.mixedHash() == rightBytes.mixedHash())
                            // A smaller number stands for an earlier string, an equal one for either.
                            && (leftBytes.orderedPrefix() <= rightBytes.orderedPrefix() || !isBefore)
                        if !isSound { Issue.record("\(left) \(right)") }
                    }
                }
            }
        }
    }

    @Test func `hashes different strings differently`() {
        let hashes = Set(Set(Self.samples).map { $0.withUnsafeBytes { $0.mixedHash() } })
        #expect(hashes.count == Set(Self.samples).count)
    }
}
