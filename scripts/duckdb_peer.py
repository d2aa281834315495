#!/usr/bin/env python3
"""Makes the lake's tables with DuckDB, from the same bronze parts: the peer that the benchmark compares with.

Usage: duckdb_peer.py PARTS_DIR OUT_DIR EXTRACTION_DATE

PARTS_DIR holds raw/wistia/... as in the bronze bucket. Written as a skilled user would: the JSON columns are declared, so that
nothing is inferred twice; every table is one COPY with zstd at level 1 like ours, sorted by its key. Personal fields are hashed with SHA-256
over key and value, since DuckDB has no HMAC.
"""

import pathlib
import sys

import duckdb

VISITOR = """STRUCT(visitor_key VARCHAR, created_at TIMESTAMP, last_active_at TIMESTAMP, last_event_key VARCHAR,
  load_count BIGINT, play_count BIGINT, identifying_event_key VARCHAR,
  visitor_identity STRUCT("name" VARCHAR, email VARCHAR, org STRUCT("name" VARCHAR, title VARCHAR)),
  user_agent_details STRUCT(browser VARCHAR, browser_version VARCHAR, platform VARCHAR, mobile BOOLEAN))[]"""
MEDIA = """STRUCT(hashed_id VARCHAR, "name" VARCHAR, share_link VARCHAR, created TIMESTAMP, updated TIMESTAMP,
  duration DOUBLE, "type" VARCHAR, status VARCHAR, archived BOOLEAN, project STRUCT("name" VARCHAR))[]"""
STATS = """STRUCT(load_count BIGINT, play_count BIGINT, play_rate DOUBLE, hours_watched DOUBLE, engagement DOUBLE,
  visitors BIGINT)"""
ENGAGEMENT = "STRUCT(engagement DOUBLE, engagement_data BIGINT[], rewatch_data BIGINT[])"


def main() -> None:
    if "--help" in sys.argv:
        sys.exit(print(__doc__))
    if len(sys.argv) != 4:
        sys.exit("duckdb_peer.py: name a folder to read, a folder to write and a date; see --help")
    parts, out, day = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    out.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")

    def lines(stream: str, body: str) -> str:
        # An answer is of the second that its date names, as in Sources/Wistia/Crawl/ExchangeLine.swift.
        return f"""(SELECT * REPLACE (CASE WHEN date_trunc('second', fetched_at) = date OR date IS NULL THEN fetched_at
            ELSE date + INTERVAL 999999 MICROSECOND END AS fetched_at) FROM read_json('{parts}/raw/wistia/{stream}/extraction_date={day}/*.jsonl.gz', format = 'newline_delimited',
            maximum_object_size = 67108864, hive_partitioning = false,
            columns = {{fetched_at: 'TIMESTAMP', date: 'TIMESTAMP', media_id: 'VARCHAR', page: 'INTEGER', body: '{body}'}}))"""

    def hashed(expression: str) -> str:
        return f"CASE WHEN nullif({expression}, '') IS NOT NULL THEN sha256('benchmark-key' || {expression}) END"

    def write(table: str, query: str) -> None:
        db.execute(f"CREATE TABLE {table} AS {query}")
        db.execute(f"COPY {table} TO '{out}/{table}.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")

    write("dim_media", f"""
        WITH rows AS (SELECT fetched_at, unnest(body) AS m FROM {lines('media', MEDIA)})
        SELECT m.hashed_id AS media_id, m.name AS title, m.share_link AS url, m.created AS created_at,
            m.updated AS updated_at, m.duration AS duration_seconds, m.type, m.status, m.archived,
            m.project.name AS project, fetched_at AS snapshot_ts, DATE '{day}' AS extraction_date
        FROM rows QUALIFY row_number() OVER (PARTITION BY m.hashed_id ORDER BY fetched_at DESC) = 1
        ORDER BY media_id""")
    write("fact_media", f"""
        SELECT media_id, body.load_count, body.play_count, body.play_rate, body.hours_watched, body.engagement,
            body.visitors, fetched_at AS snapshot_ts, DATE '{day}' AS extraction_date
        FROM {lines('media_stats', STATS)}
        QUALIFY row_number() OVER (PARTITION BY media_id ORDER BY fetched_at DESC) = 1 ORDER BY media_id""")
    write("fact_media_engagement", f"""
        SELECT media_id, fetched_at AS snapshot_ts, i::INTEGER AS engagement_idx, body.engagement_data[i + 1] AS engagement_count,
            body.rewatch_data[i + 1] AS rewatch_count, body.engagement, DATE '{day}' AS extraction_date
        FROM {lines('media_engagement', ENGAGEMENT)}, unnest(range(len(body.engagement_data))) AS t(i)
        ORDER BY media_id, engagement_idx""")
    write("fact_visitors", f"""
        WITH rows AS (SELECT fetched_at, page, unnest(body) AS v, generate_subscripts(body, 1) AS idx
            FROM {lines('visitors', VISITOR)})
        SELECT v.visitor_key, v.created_at, v.last_active_at, v.last_event_key, v.load_count, v.play_count,
            v.identifying_event_key, {hashed('v.visitor_identity.name')} AS name,
            {hashed('lower(trim(v.visitor_identity.email))')} AS email,
            {hashed('v.visitor_identity.org.name')} AS org_name, {hashed('v.visitor_identity.org.title')} AS org_title,
            nullif(v.user_agent_details.browser, '') AS browser,
            nullif(v.user_agent_details.browser_version, '') AS browser_version,
            nullif(v.user_agent_details.platform, '') AS platform, v.user_agent_details.mobile AS mobile,
            fetched_at AS ingested_at
        FROM rows QUALIFY row_number() OVER (PARTITION BY v.visitor_key
            ORDER BY v.last_active_at DESC, fetched_at DESC, page DESC, idx DESC) = 1
        ORDER BY v.visitor_key""")

    write("fact_media_performance", """
        WITH cells AS (
            SELECT media_id, count(*) AS n, sum(engagement_count) AS total_engagement_count,
                sum(rewatch_count) AS total_rewatch_count,
                list(engagement_count - rewatch_count ORDER BY engagement_idx) AS net
            FROM fact_media_engagement GROUP BY media_id),
        joined AS (
            SELECT f.*, m.title, m.duration_seconds, c.n AS engagement_points, c.total_engagement_count, c.total_rewatch_count,
                c.total_engagement_count / c.n AS avg_engagement_per_second, c.net,
                CASE WHEN f.play_count > 0 AND c.n > 0
                    THEN least(1, greatest(0, c.net[floor(0.95 * (c.n - 1))::INT + 1] / f.play_count)) END AS completion_rate
            FROM fact_media f LEFT JOIN dim_media m USING (media_id) LEFT JOIN cells c USING (media_id))
        SELECT * EXCLUDE (net, duration_seconds), 1 - completion_rate AS drop_off_rate,
            CASE WHEN play_rate >= 0.2 THEN 'High' WHEN play_rate >= 0.1 THEN 'Medium' ELSE 'Low' END AS play_rate_class,
            CASE WHEN hours_watched >= 500 THEN 'High' WHEN hours_watched >= 100 THEN 'Medium' ELSE 'Low' END AS hours_class,
            CASE WHEN play_count > 1000 AND play_rate > 0.2 THEN 'High' WHEN play_count BETWEEN 500 AND 1000 THEN 'Medium'
                ELSE 'Low' END AS engagement_class,
            CASE WHEN play_count > 0 AND engagement_points > 0 AND engagement_points < 1000
                THEN coalesce(list_position(list_transform(net, lambda x: 2 * x < play_count), true) - 1, engagement_points)
                END AS median_watch_seconds
        FROM joined ORDER BY media_id""")
    write("kpi_daily", f"""
        SELECT DATE '{day}' AS extraction_date, count(*) AS total_media_count, sum(play_count) AS total_plays,
            sum(hours_watched) AS total_hours_watched, sum(visitors) AS media_visitors_sum,
            sum(engagement * play_count) / sum(play_count) AS average_engagement_rate,
            avg(engagement) AS mean_media_engagement,
            sum(completion_rate * play_count) / sum(play_count) AS completion_rate,
            (SELECT min(second) FROM (
                SELECT second, sum(play_count) AS plays,
                    sum(coalesce(net[floor(second / cell_seconds)::INTEGER + 1], 0)) AS watching
                FROM (
                    SELECT f.media_id, any_value(f.play_count) AS play_count,
                        list(e.engagement_count - e.rewatch_count ORDER BY e.engagement_idx) AS net,
                        CASE WHEN count(*) < 1000 THEN 1 ELSE any_value(m.duration_seconds) / count(*) END AS cell_seconds
                    FROM fact_media f JOIN fact_media_engagement e USING (media_id) LEFT JOIN dim_media m USING (media_id)
                    WHERE f.play_count > 0 GROUP BY f.media_id),
                    range((SELECT (greatest(1000, max(duration_seconds)) + 2)::BIGINT FROM dim_media)) AS seconds(second)
                WHERE cell_seconds IS NOT NULL GROUP BY second) WHERE 2 * watching < plays) AS median_watch_seconds
        FROM fact_media_performance""")
    write("top_media_by_engagement", """
        SELECT row_number() OVER (ORDER BY engagement DESC, media_id) AS rank, media_id, title, engagement, play_count,
            extraction_date
        FROM fact_media_performance WHERE engagement IS NOT NULL ORDER BY rank LIMIT 10""")
    write("bottom_media_by_drop_off", """
        SELECT row_number() OVER (ORDER BY drop_off_rate DESC, media_id) AS rank, media_id, title, drop_off_rate, play_count,
            extraction_date
        FROM fact_media_performance WHERE drop_off_rate IS NOT NULL ORDER BY rank LIMIT 10""")
    write("media_retention", """
        SELECT e.media_id, e.engagement_idx AS cell,
            e.engagement_idx * CASE WHEN count(*) OVER (PARTITION BY e.media_id) < 1000 THEN 1
                ELSE greatest(1, m.duration_seconds / 1000) END AS position_seconds,
            (e.engagement_count - e.rewatch_count) / nullif(f.play_count, 0) AS retained_ratio, e.extraction_date
        FROM fact_media_engagement e JOIN fact_media f USING (media_id) LEFT JOIN dim_media m USING (media_id)
        ORDER BY media_id, cell""")
    write("media_daily_change", f"""
        SELECT media_id, NULL::BIGINT AS load_count_change, NULL::BIGINT AS play_count_change,
            NULL::BIGINT AS visitors_change, NULL::DATE AS previous_extraction_date, DATE '{day}' AS extraction_date
        FROM fact_media ORDER BY media_id""")
    write("media_days", f"""
        SELECT media_id, DATE '{day}' AS first_extraction_date, DATE '{day}' AS last_extraction_date
        FROM fact_media ORDER BY media_id""")
    write("fact_audience_insights", f"""
        WITH v AS (SELECT *, (DATE '{day}' - last_active_at::DATE)::INTEGER AS recency_days,
            load_count + play_count AS frequency FROM fact_visitors)
        SELECT *, CASE WHEN frequency >= 5 THEN 'Frequent' WHEN frequency >= 2 THEN 'Occasional' ELSE 'Rare' END AS visitor_segment,
            CASE WHEN recency_days <= 7 THEN 'Active' WHEN frequency >= 3 THEN 'Infrequent' ELSE 'Dormant' END AS rf_segment
        FROM v ORDER BY visitor_key""")
    write("audience_summary", """
        SELECT platform, browser, mobile, visitor_segment, rf_segment, count(*) AS visitors, sum(play_count) AS plays,
            sum(load_count) AS loads
        FROM fact_audience_insights GROUP BY ALL ORDER BY ALL NULLS FIRST""")


if __name__ == "__main__":
    main()
