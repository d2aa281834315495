/// One event of the shop before it is spelled.
struct Event {
    /// When it happened.
    var microsecondsSinceEpoch: Int64
    /// 10,000…99,999.
    var user: Int
    /// 10,000…99,999, whoever the user is.
    var session: Int
    var type: EventType
    /// The product's number; not spelled for a search.
    var product: Int
    /// The product's category; not spelled for a search.
    var category: Category
    /// 1…5; spelled where ``EventType/hasPrice``.
    var quantity: Int
    /// 999…29,999; spelled where ``EventType/hasPrice``.
    var priceCents: Int
    /// Spelled for a search.
    var query: SearchQuery

    init(
        at microsecondsSinceEpoch: Int64, of catalogue: ProductCatalogue, _ random: inout SplitMix64
    ) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
        type = EventType.draw(&random)
        (product, category) = catalogue[random.below(catalogue.productCount)]
        user = 10_000 + random.below(90_000)
        session = 10_000 + random.below(90_000)
        quantity = 1 + random.below(5)
        // Rounding 9.99…299.99 to cents reaches the first and the last cent half as often as the others.
        priceCents = 999 + (random.below(58_000) + 1) / 2
        query = SearchQuery(rawValue: random.below(SearchQuery.allCases.count)) ?? .deskLamp
    }
}
