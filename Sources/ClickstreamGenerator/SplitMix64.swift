/// Reproducible randomness: the same seed gives the same numbers on every machine (https://doi.org/10.1145/2714064.2660195).
///
/// The standard library's `random(in:using:)` is not used: how it turns bits into numbers may change with a release.
struct SplitMix64 {
    private var state: UInt64

    /// The numbers of one thing among many: those of another index or another purpose are independent of them.
    init(seed: UInt64, purpose: Purpose, index: Int = 0) {
        state = Self.mix(Self.mix(seed &+ Self.increment) ^ purpose.rawValue) ^ Self.mix(UInt64(index))
    }

    /// What numbers are drawn for.
    enum Purpose: UInt64 {
        case time = 1
        case lateness
        case role
        case event
        case repeated
        case odd
        case product
        case session
    }

    /// Uniform over 64 bits.
    mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// Uniform over 0..<bound.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Uniform in 0..<1.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// One of several, each as likely as the others.
    mutating func element<Element>(of elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
