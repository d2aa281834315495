/// The products of the shop, spread evenly over its categories.
struct ProductCatalogue {
    /// How many there are.
    let productCount: Int
    /// What makes the first digit of a product's number that of its category: 1,000, or more where three digits do not do.
    private let step: Int

    init(productCount: Int) {
        self.productCount = productCount
        let largest = (productCount + Category.allCases.count - 1) / Category.allCases.count
        var step = 1_000
        while step <= largest { step *= 10 }
        self.step = step
    }

    /// A product's number and its category; 30 products are 1001…1005 to 6001…6005.
    subscript(index: Int) -> (number: Int, category: Category) {
        let (ordinal, place) = index.quotientAndRemainder(dividingBy: Category.allCases.count)
        return ((place + 1) * step + ordinal + 1, Category(rawValue: place) ?? .electronics)
    }
}
