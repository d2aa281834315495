#!/usr/bin/env python3
"""Makes the clickstream tables of one landed file with DuckDB or polars: the peers that the benchmark compares with.

Usage: clickstream_peer.py duckdb|polars S3_URL LANDING_KEY

Reads the file from the bucket `landing`, and writes to the bucket `peer`: the events by five-minute slots, each event once
over its nine fields, and the six tables of gold of the file's day. Written as a skilled user would: the JSON columns are
declared, files are zstd at level 1, sorted as ours. Credentials come from the environment.
"""

import io
import pathlib
import sys
import tempfile

import boto3

FIELDS = "timestamp user_id session_id event_type product_id quantity price category search_query".split()
KEY = "event_at, user_id, session_id, event_type, product_id, category, quantity, price, search_query"


def main() -> None:
    if "--help" in sys.argv:
        sys.exit(print(__doc__))
    if len(sys.argv) != 4 or sys.argv[1] not in ("duckdb", "polars"):
        sys.exit("clickstream_peer.py: name duckdb or polars, the address of S3 and a key; see --help")
    s3 = boto3.client("s3", endpoint_url=sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        source = folder / "events.jsonl.gz"
        # The landing bucket says that the content is encoded; the bytes are wanted as they lie there.
        source.write_bytes(s3.get_object(Bucket="landing", Key=sys.argv[3], ResponseContentEncoding="identity")["Body"].read())
        out = folder / "out"
        out.mkdir()
        (with_duckdb if sys.argv[1] == "duckdb" else with_polars)(source, out)
        for path in sorted(out.rglob("*.parquet")):
            s3.put_object(Bucket="peer", Key=str(path.relative_to(out)), Body=path.read_bytes())


def with_duckdb(source: pathlib.Path, out: pathlib.Path) -> None:
    import duckdb

    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.execute(f"""CREATE TABLE events AS
        SELECT DISTINCT timestamp AS event_at, user_id, session_id, event_type, product_id, category, quantity, price, search_query
        FROM read_json('{source}', format = 'newline_delimited', columns = {{timestamp: 'TIMESTAMP', user_id: 'VARCHAR',
            session_id: 'VARCHAR', event_type: 'VARCHAR', product_id: 'VARCHAR', quantity: 'INTEGER', price: 'DECIMAL(18, 4)',
            category: 'VARCHAR', search_query: 'VARCHAR'}})""")

    def write(name: str, query: str) -> None:
        path = out / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        db.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")

    for (slot,) in db.execute("SELECT DISTINCT time_bucket(INTERVAL 5 MINUTE, event_at) FROM events ORDER BY 1").fetchall():
        write(f"events/{slot:%Y-%m-%d/%H%M}", f"""SELECT * FROM events
            WHERE event_at >= TIMESTAMP '{slot}' AND event_at < TIMESTAMP '{slot}' + INTERVAL 5 MINUTE ORDER BY {KEY}""")
    counts = """count(*) AS events, count(*) FILTER (event_type = 'page_view') AS views,
        count(*) FILTER (event_type = 'add_to_cart') AS carts, count(*) FILTER (event_type = 'remove_from_cart') AS removals,
        count(*) FILTER (event_type = 'purchase') AS purchases"""
    revenue = "coalesce(sum(price * coalesce(quantity, 1)) FILTER (event_type = 'purchase'), 0) AS revenue"
    units = "coalesce(sum(coalesce(quantity, 1)) FILTER (event_type = 'purchase'), 0) AS units"
    day, hour = "event_at::DATE AS event_date", "hour(event_at) AS event_hour"
    write("product_hourly", f"SELECT {day}, {hour}, product_id, category, {counts}, {units}, {revenue} FROM events GROUP BY 1, 2, 3, 4 ORDER BY ALL")
    write("conversion_funnel", f"""SELECT event_date, product_id, category, views, carts, purchases, carts / nullif(views, 0) AS view_to_cart_rate,
        purchases / nullif(carts, 0) AS cart_to_purchase_rate, purchases / nullif(views, 0) AS view_to_purchase_rate
        FROM (SELECT {day}, product_id, max(category) AS category, {counts} FROM events WHERE product_id IS NOT NULL GROUP BY 1, 2) ORDER BY ALL""")
    write("hourly_revenue", f"""SELECT event_date, event_hour, purchases, units, revenue, revenue / nullif(purchases, 0) AS average_order_value
        FROM (SELECT {day}, {hour}, {counts}, {units}, {revenue} FROM events GROUP BY 1, 2) ORDER BY ALL""")
    write("top_products", f"""SELECT event_date, row_number() OVER (PARTITION BY event_date ORDER BY views DESC, product_id) AS rank, product_id, category, views
        FROM (SELECT {day}, product_id, max(category) AS category, {counts} FROM events WHERE product_id IS NOT NULL GROUP BY 1, 2)
        WHERE views > 0 QUALIFY rank <= 10 ORDER BY ALL""")
    write("category_performance", f"SELECT {day}, category, {counts}, {revenue} FROM events GROUP BY 1, 2 ORDER BY ALL")
    write("user_activity", f"""SELECT {day}, count(DISTINCT user_id) AS unique_users, count(DISTINCT session_id) AS unique_sessions,
        count(*) AS events FROM events GROUP BY 1 ORDER BY ALL""")


def with_polars(source: pathlib.Path, out: pathlib.Path) -> None:
    import gzip

    import polars

    column = polars.col
    schema = {name: polars.String for name in FIELDS} | {"quantity": polars.Int32, "price": polars.Float64}
    events = polars.read_ndjson(io.BytesIO(gzip.decompress(source.read_bytes())), schema=schema).with_columns(
        column("timestamp").str.to_datetime(time_unit="us", time_zone="UTC").alias("event_at"),
        column("price").round(4).cast(polars.Decimal(18, 4))).drop("timestamp").unique()
    events = events.select(KEY.split(", ")).sort(KEY.split(", ")).with_columns(
        column("event_at").dt.truncate("5m").alias("slot"), column("event_at").dt.date().alias("event_date"),
        column("event_at").dt.hour().alias("event_hour"))

    def write(name: str, frame: polars.DataFrame) -> None:
        path = out / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression="zstd", compression_level=1)

    for (slot,), rows in events.group_by("slot", maintain_order=True):
        write(f"events/{slot:%Y-%m-%d/%H%M}", rows.drop("slot", "event_date", "event_hour"))

    def count(kind: str, name: str) -> polars.Expr:
        return (column("event_type") == kind).sum().alias(name)

    sold = column("event_type") == "purchase"
    pieces = column("quantity").fill_null(1)
    counts = [polars.len().alias("events"), count("page_view", "views"), count("add_to_cart", "carts"),
              count("remove_from_cart", "removals"), count("purchase", "purchases"),
              pieces.filter(sold).sum().alias("units"), (column("price") * pieces).filter(sold).sum().alias("revenue")]

    def grouped(*names: str) -> polars.DataFrame:
        return events.group_by(*names).agg(counts).sort(*names)

    products = events.filter(column("product_id").is_not_null()).group_by("event_date", "product_id").agg(
        column("category").max(), *counts).sort("event_date", "product_id")
    write("product_hourly", grouped("event_date", "event_hour", "product_id", "category"))
    write("conversion_funnel", products.with_columns(
        (column("carts") / column("views")).alias("view_to_cart_rate"),
        (column("purchases") / column("carts")).alias("cart_to_purchase_rate"),
        (column("purchases") / column("views")).alias("view_to_purchase_rate")))
    write("hourly_revenue", grouped("event_date", "event_hour"))
    write("top_products", products.sort("views", "product_id", descending=[True, False]).group_by("event_date").head(10))
    write("category_performance", grouped("event_date", "category"))
    write("user_activity", events.group_by("event_date").agg(
        column("user_id").n_unique().alias("unique_users"), column("session_id").drop_nulls().n_unique().alias("unique_sessions"),
        polars.len().alias("events")))


if __name__ == "__main__":
    main()
