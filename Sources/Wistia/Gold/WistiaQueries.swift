import Tables

extension Wistia {
    /// The questions that analysts ask often.
    static let queries = [
        NamedQuery(
            "account_by_day", "How did the account's totals and rates develop?",
            sql: """
                SELECT extraction_date, total_media_count, total_plays, total_hours_watched,
                    average_engagement_rate, completion_rate
                FROM wistia_kpi_daily
                ORDER BY extraction_date DESC
                LIMIT 90
                """),
        NamedQuery(
            "most_played_this_week", "Which media were played most often in the last seven days?",
            sql: """
                SELECT change.media_id, max(media.title) AS title, sum(change.play_count_change) AS plays
                FROM wistia_media_daily_change AS change
                LEFT JOIN wistia_fact_media_performance AS media
                    ON media.media_id = change.media_id AND media.extraction_date = change.extraction_date
                WHERE change.extraction_date > current_date - INTERVAL '7' DAY
                GROUP BY change.media_id
                ORDER BY plays DESC NULLS LAST
                """),
        NamedQuery(
            "where_viewers_leave",
            "After how many seconds do viewers of each media leave, and how many stay to the end?",
            sql: """
                SELECT title, median_watch_seconds, completion_rate, drop_off_rate, play_count
                FROM wistia_fact_media_performance
                WHERE extraction_date = (SELECT max(extraction_date) FROM wistia_kpi_daily)
                ORDER BY drop_off_rate DESC NULLS LAST
                """),
        NamedQuery(
            "audience_segments", "How many visitors are active, and what do they play?",
            sql: """
                SELECT rf_segment, visitor_segment, sum(visitors) AS visitors, sum(plays) AS plays, sum(loads) AS loads
                FROM wistia_audience_summary
                GROUP BY rf_segment, visitor_segment
                ORDER BY visitors DESC
                """),
    ]
}
