import Tables

extension Clickstream {
    /// The five questions of the shop's analysts.
    static let queries = [
        NamedQuery(
            "conversion_by_product", "How many views of each product become carts, and how many purchases?",
            sql: """
                SELECT product_id, max(category) AS category, sum(views) AS views, sum(carts) AS carts,
                    sum(purchases) AS purchases,
                    CAST(sum(carts) AS DOUBLE) / nullif(sum(views), 0) AS view_to_cart_rate,
                    CAST(sum(purchases) AS DOUBLE) / nullif(sum(views), 0) AS view_to_purchase_rate
                FROM clickstream_conversion_funnel
                GROUP BY product_id
                ORDER BY views DESC, product_id
                """),
        NamedQuery(
            "revenue_by_hour", "How much was sold in each hour?",
            sql: """
                SELECT event_date, event_hour, revenue, purchases
                FROM clickstream_hourly_revenue
                ORDER BY event_date, event_hour
                """),
        NamedQuery(
            "most_viewed_products", "Which ten products were viewed most often?",
            sql: """
                SELECT product_id, max(category) AS category, sum(views) AS views
                FROM clickstream_conversion_funnel
                GROUP BY product_id
                ORDER BY views DESC, product_id
                LIMIT 10
                """),
        NamedQuery(
            "categories_by_day", "What happened in each category on each day?",
            sql: """
                SELECT event_date, category, events, views, carts, purchases, revenue
                FROM clickstream_category_performance
                ORDER BY event_date, category
                """),
        NamedQuery(
            "users_by_day", "How many users and sessions were there on each day?",
            sql: """
                SELECT event_date, unique_users, unique_sessions, events
                FROM clickstream_user_activity
                ORDER BY event_date
                """),
    ]
}
