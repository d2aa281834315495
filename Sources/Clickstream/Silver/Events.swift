import HTTP
import Parquet
import Tables

/// What happened in the shop, each event once.
enum Events {
    static let slotMinutes = 5

    /// The types of event that the tables of gold count.
    enum Kind: String, CaseIterable {
        case view = "page_view"
        case cart = "add_to_cart"
        case removal = "remove_from_cart"
        case purchase, search
    }

    /// How far ahead of its file's arrival a time may be: a clock that is an hour or a zone off, and no more.
    private static let secondsAheadMaximum = 86_400.0
    private static let earliest = UTCDate("2000-01-01") ?? UTCDate(daysSinceEpoch: 10_957)

    static let table = Table(
        name: "events", layer: .silver, partitioning: .eventTime(column: "event_at", minutes: slotMinutes),
        grain: "event",
        key: [
            "event_at", "user_id", "session_id", "event_type", "product_id", "category", "quantity", "price",
            "search_query", "row_ordinal",
        ],
        upsert: Upsert(),
        columns: [
            Column(
                "event_at", .timestampMicroseconds, from: "timestamp", timeFormat: .any,
                rules: [.since(earliest, .quarantine), .notAfterRun(bySeconds: secondsAheadMaximum)],
                "When it happened."),
            Column("user_id", .string, from: "user_id", "Who did it."),
            Column(
                "session_id", .string, nullable: true, from: "session_id",
                "In which visit; null where the shop does not tell."),
            Column(
                "event_type", .string, from: "event_type", rules: [.oneOf(Kind.allCases.map(\.rawValue))],
                "What was done; types that are not known are kept."),
            Column(
                "product_id", .string, nullable: true, from: "product_id",
                rules: [
                    .present(
                        where: "event_type", isOneOf: [Kind.view, .cart, .removal, .purchase].map(\.rawValue))
                ],
                "With which product; null in searches."),
            Column(
                "category", .string, nullable: true, from: "category",
                "The product's category; null without one."
            ),
            Column(
                "quantity", .int32, nullable: true, from: "quantity", unit: "pieces",
                rules: [.atLeast(1, .quarantine)],
                "How many pieces; null where it is neither about a cart nor a purchase."),
            Column(
                "price", .decimal(precision: 18, scale: 4, storage: .int64), nullable: true, from: "price",
                unit: "the shop's currency",
                rules: [
                    .within(0...1e9, .quarantine),
                    .present(where: "event_type", isOneOf: [Kind.purchase.rawValue]),
                ],
                "The price of a piece; null where it is neither about a cart nor a purchase."),
            Column(
                "search_query", .string, nullable: true, from: "search_query",
                "What was searched for; null in all but searches."),
            Column(
                "row_ordinal", .int32, nullable: true, from: "row_ordinal", unit: "rows, from 1",
                "Which of its equals in one file it is; null where equal rows are repeats of one event."),
            Column(
                "extra", .json, nullable: true, from: .unknownMembers,
                "What else the event said, as a JSON object; null where it said nothing else."),
        ])
}
