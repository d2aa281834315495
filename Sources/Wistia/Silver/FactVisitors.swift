import Parquet
import Tables

/// Everybody who ever played something and was not deleted, as last seen.
enum FactVisitors {
    /// How long before it arrived an answer can have been made, in seconds: no request outlives its invocation, which has
    /// 15 minutes (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
    static let answerDelayMaximumSeconds = 900

    /// The table.
    static let table = Table(
        name: "fact_visitors", layer: .silver, partitioning: .whole, grain: "visitor", key: ["visitor_key"],
        upsert: Upsert(order: [
            .answered(
                arrival: "ingested_at", activity: "last_active_at", withinSeconds: answerDelayMaximumSeconds)
        ]),
        deletion: Deletion(seenAt: "ingested_at", withinSeconds: answerDelayMaximumSeconds),
        columns: [
            Column("visitor_key", .string, from: "visitor_key", "The visitor's browser, as an opaque text."),
            Column(
                "created_at", .timestampMicroseconds, from: "created_at",
                "When the visitor was first recorded, often a little later than the first activity."),
            Column(
                "last_active_at", .timestampMicroseconds, from: "last_active_at",
                rules: [.notAfter("ingested_at")],
                "When the visitor was last active."),
            Column(
                "last_event_key", .string, from: "last_event_key",
                "The visitor's last play session, as an opaque text."),
            Column(
                "load_count", .int64, from: "load_count", unit: "loads", rules: [.atLeast(0)],
                "How often the visitor loaded a player, ever, over all media."),
            Column(
                "play_count", .int64, from: "play_count", unit: "plays", rules: [.atLeast(0)],
                "How often the visitor played, ever, over all media."),
            Column(
                "identifying_event_key", .string, nullable: true, from: "identifying_event_key",
                "The play session that told who the visitor is; null for nobody known."),
            Column(
                "name", .string, nullable: true, from: "visitor_identity.name", personal: .text,
                "The visitor's name, under the policy for personal fields; null when unknown or dropped."),
            Column(
                "email", .string, nullable: true, from: "visitor_identity.email", personal: .email,
                "The visitor's e-mail address, under the policy for personal fields; null when unknown or dropped."
            ),
            Column(
                "org_name", .string, nullable: true, from: "visitor_identity.org.name", personal: .text,
                "The visitor's company, under the policy for personal fields; null when unknown or dropped."),
            Column(
                "org_title", .string, nullable: true, from: "visitor_identity.org.title", personal: .text,
                "The visitor's job title, under the policy for personal fields; null when unknown or dropped."
            ),
            Column(
                "browser", .string, nullable: true, from: "user_agent_details.browser",
                "The browser's name; null when unknown."),
            Column(
                "browser_version", .string, nullable: true, from: "user_agent_details.browser_version",
                "The browser's version; null when unknown."),
            Column(
                "platform", .string, nullable: true, from: "user_agent_details.platform",
                "The operating system; null when unknown."),
            Column(
                "mobile", .boolean, nullable: true, from: "user_agent_details.mobile",
                "Whether it is a mobile device; null when unknown."),
            Column(
                "ingested_at", .timestampMicroseconds, from: .answeredAt,
                "When the last answer with the visitor was given; visitors not seen since the second newest full crawl began are removed."
            ),
        ])
}
