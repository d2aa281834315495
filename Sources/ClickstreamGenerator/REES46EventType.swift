/// What a visitor did, in REES46's words.
enum REES46EventType {
    case view
    case cart
    case purchase

    /// Views outnumber the others by far, as in the published months.
    static func draw(_ random: inout SplitMix64) -> REES46EventType {
        switch random.below(100) {
        case 0..<96: .view
        case 96..<98: .cart
        default: .purchase
        }
    }

    var text: StaticString {
        switch self {
        case .view: "view"
        case .cart: "cart"
        case .purchase: "purchase"
        }
    }
}
