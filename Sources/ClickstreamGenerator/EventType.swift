/// What a visitor of the shop did.
enum EventType: CaseIterable {
    case pageView
    case addToCart
    case removeFromCart
    case purchase
    case search

    /// Half of all events are page views, a fifth put something into the cart, and a tenth is each of the others.
    static func draw(_ random: inout SplitMix64) -> EventType {
        switch random.below(10) {
        case 0..<5: .pageView
        case 5..<7: .addToCart
        case 7: .removeFromCart
        case 8: .purchase
        default: .search
        }
    }

    var text: StaticString {
        switch self {
        case .pageView: "page_view"
        case .addToCart: "add_to_cart"
        case .removeFromCart: "remove_from_cart"
        case .purchase: "purchase"
        case .search: "search"
        }
    }

    /// Whether the event names a product and its category.
    var hasProduct: Bool { self != .search }
    /// Whether the event names a quantity and a price.
    var hasPrice: Bool { self != .search && self != .pageView }
}
