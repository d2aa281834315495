/// Reproducible noise: the same numbers give the same 64 bits on every machine.
///
/// The mixing step is the finalizer of SplitMix64 (https://doi.org/10.1145/2714064.2660195).
struct Noise {
    var state: UInt64

    init(seed: UInt64, _ first: UInt64, _ second: UInt64 = 0) {
        state = Self.mix(Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ first) ^ (second &* 0xD6E8_FEB8_6659_FD93)
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
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
}
