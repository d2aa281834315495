/// One event of REES46's shape before it is spelled.
struct REES46Event {
    /// When it happened; spelled in whole seconds.
    var microsecondsSinceEpoch: Int64
    var type: REES46EventType
    var product: REES46Product
    /// Nine digits.
    var user: Int
    /// A random UUID (RFC 9562 §5.4); a session is one user's, and few users have two.
    var session: (high: UInt64, low: UInt64)

    init(at microsecondsSinceEpoch: Int64, productCount: Int, _ random: inout SplitMix64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
        type = REES46EventType.draw(&random)
        product = REES46Product(index: random.below(productCount))
        user = 500_000_000 + random.below(90_000)
        let visit = random.below(10) == 0 ? 1 : 0
        var bits = SplitMix64(seed: UInt64(visit), purpose: .session, index: user)
        session.high = bits.next() & ~0xF000 | 0x4000
        session.low = bits.next() & ~(0b11 << 62) | 0b10 << 62
    }
}
