/// What a shop's product is one of.
enum Category: Int, CaseIterable {
    case electronics
    case clothing
    case home
    case books
    case sports
    case toys

    var text: StaticString {
        switch self {
        case .electronics: "electronics"
        case .clothing: "clothing"
        case .home: "home"
        case .books: "books"
        case .sports: "sports"
        case .toys: "toys"
        }
    }
}
