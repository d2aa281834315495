/// A product of the shop whose events REES46 published: its number tells the rest, in every file.
struct REES46Product {
    /// Seven or eight digits.
    var number: Int
    /// Nineteen digits, and the category's dotted name, which many have not.
    var category: (id: StaticString, code: StaticString)
    /// Empty for some.
    var brand: StaticString
    /// From 2.00 to some 1,250, half of them below 180.
    var priceCents: Int

    init(index: Int) {
        var random = SplitMix64(seed: 0, purpose: .product, index: index)
        number = 1_000_000 + index * 7
        category = Self.categories[random.below(Self.categories.count)]
        brand = Self.brands[random.below(Self.brands.count)]
        // A few are dear and most are cheap. Division is exact to the last bit everywhere, a logarithm is not.
        let unit = random.unit()
        priceCents = Int((200 + 25_000 * unit / (1.2 - unit)).rounded())
    }

    private static let categories: [(id: StaticString, code: StaticString)] = [
        ("2053013555631882655", "electronics.smartphone"),
        ("2053013552293216471", "appliances.environment.air_heater"),
        ("2053013557024391671", ""),
        ("2053013554658804075", "electronics.audio.headphone"),
        ("2053013558920217191", "computers.notebook"),
        ("2053013563693335403", ""),
        ("2053013563810775923", "appliances.kitchen.washer"),
        ("2053013553559896355", ""),
        ("2053013561092866779", "computers.desktop"),
        ("2053013563911439225", "appliances.kitchen.refrigerators"),
        ("2053013552385491165", ""),
        ("2053013552326770905", "appliances.environment.water_heater"),
        ("2053013554415534427", "electronics.video.tv"),
        ("2053013553341792533", "electronics.clocks"),
        ("2053013563584283495", ""),
        ("2053013560086233771", "construction.tools.pump"),
    ]

    private static let brands: [StaticString] = [
        "samsung", "apple", "xiaomi", "lucente", "elenberg", "lg", "", "bosch", "oppo", "acer", "oasis",
        "lenovo",
        "redmond", "",
    ]
}
