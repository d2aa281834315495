/// What visitors of the shop search for.
enum SearchQuery: Int, CaseIterable {
    case wirelessHeadphones
    case runningShoes
    case coffeeMaker
    case pythonBooks
    case yogaMat
    case laptopStand
    case winterJacket
    case deskLamp

    var text: StaticString {
        switch self {
        case .wirelessHeadphones: "wireless headphones"
        case .runningShoes: "running shoes"
        case .coffeeMaker: "coffee maker"
        case .pythonBooks: "python books"
        case .yogaMat: "yoga mat"
        case .laptopStand: "laptop stand"
        case .winterJacket: "winter jacket"
        case .deskLamp: "desk lamp"
        }
    }
}
