"""The source clickstream: files put into the landing bucket, the gold tables out, beside DuckDB over the same JSON lines.

One stack tells the main story with S3's own notifications. Two smaller ones hear of files through a queue and a rule.
"""

from __future__ import annotations

import collections
import datetime
import gzip
import importlib.util
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.exceptions
import duckdb
import polars
import pyarrow.dataset
import pytest
from conftest import ROOT, built
from local_cloud import LAYERS, LocalCloud, LocalCloudError, Stack, wait_until
from run_clickstream import key as landing_key, named_queries
from test_catalog import check_described, deployed as deployed_catalog

SECONDS = 60
# The odd files, which stand beside the checkout, and what they hold.
FILES = Path(os.environ.get("MEDALLION_SHARED_DIR", ROOT.parent / "shared")) / "data" / "clickstream" / "dirty"
# The producer's headers: S3 would hand such a file out unpacked.
HEADERS = {"ContentType": "application/gzip", "ContentEncoding": "gzip"}
GENERATED = {
    "first": ("--seed", 1, "--start", "2025-12-08T03:59:50Z", "--span-seconds", 25, "--repeat-share", 0.05),
    "second": ("--seed", 2, "--start", "2025-12-08T04:04:50Z", "--span-seconds", 20, "--late-share", 0.01,
               "--late-seconds", 18000),
    "lost": ("--seed", 3, "--start", "2025-12-08T04:09:50Z", "--span-seconds", 20),
}
EVENTS = 20_000


@pytest.fixture(scope="module")
def dirty() -> dict[str, dict[str, Any]]:
    """What the odd files hold; they stand beside the checkout."""
    path = FILES / "expected.json"
    if not path.exists():
        message = f"{path} is not there; set MEDALLION_SHARED_DIR"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of made-up events; late ones reach back over midnight."""
    program = built(ROOT / ".build" / "debug" / "clickstream-generator", "swift build --product clickstream-generator")
    made = {}
    for name, options in GENERATED.items():
        path = tmp_path_factory.mktemp("events") / name
        command = [program, "--events", EVENTS, *options, "--out", path]
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        made[name] = path.read_bytes()
    return made


def deployed(cloud: LocalCloud, zips: Path, notifications: str, format: str = "jsonl") -> Stack:
    stack = Stack(cloud, f"clicks-{notifications}-{format}")
    stack.deploy(
        zips, WistiaSource="off", ClickstreamSource="on", ClickstreamNotifications=notifications, ClickstreamFormat=format,
        ClickstreamLandingPrefix="events/", ClickstreamLandingKeyTemplate="events/year={yyyy}/month={MM}/day={dd}/")
    return stack


def key(name: str, *, moment: str = "2025-12-08T04:15:31") -> str:
    """Where a producer puts a file, with a name of its own."""
    return landing_key(datetime.datetime.fromisoformat(moment), "jsonl.gz").replace("events-", f"{name}-")


def follow(stack: Stack, commit: str) -> dict[str, dict[str, Any]]:
    """Each layer's commit of a landed file."""
    return {layer: stack.wait_for_object(layer, commit, SECONDS) for layer in LAYERS}


def counts(stack: Stack, commits: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What has become of a file's lines, as expected.json tells it."""
    ledger = commits["silver"]["ledger"]["events"]
    codes: collections.Counter[str] = collections.Counter()
    for name in commits["silver"].get("quarantine", {}).values():
        codes.update(json.loads(line)["code"] for line in gzip.decompress(stack.read("silver", name)).splitlines())
    assert sum(codes.values()) == ledger["quarantined"]
    return {"lines": ledger["read"], "accepted": ledger["accepted"], "duplicate": ledger["duplicate"],
            "quarantined": dict(codes)}


@dataclass
class Story:
    """What was landed in the main stack, and what came of it."""

    stack: Stack
    commits: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    failures: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)
    # The tables as files: <folder>/<layer>/<table>/…
    folder: Path = Path()
    raw: Path = Path()


@pytest.fixture(scope="module")
def story(
    cloud: LocalCloud, zips: Path, dirty: dict[str, dict[str, Any]], generated: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> Story:
    stack = deployed(cloud, zips, "direct")
    told = Story(stack)

    def land(name: str, body: bytes, at: str | None = None, **headers: str) -> None:
        told.commits[name] = follow(stack, stack.land(at or key(name), body, **headers))

    land("first", generated["first"], **HEADERS)
    land("second", generated["second"], **HEADERS)
    for name in ("01-clean", "12-repeats", "13-repeats-of-01"):
        land(name, (FILES / f"{name}.jsonl.gz").read_bytes(), **HEADERS)

    # A file that is cut short, and its newer version.
    stack.land(key("cut"), (FILES / "06-truncated.jsonl.gz").read_bytes())
    told.failures = wait_until(stack.failed_events, SECONDS, "the cut file fails for good")
    land("cut", (FILES / "02-no-final-newline.jsonl.gz").read_bytes(), key("cut"), **HEADERS)

    # A file that is replaced by another one under the same key.
    lines = gzip.decompress(generated["second"]).splitlines(keepends=True)
    land("replaced", gzip.compress(b"".join(lines[:500])), key("replaced"), **HEADERS)
    land("replacement", gzip.compress(b"".join(lines[400:900]).replace(b'"u_', b'"v_')), key("replaced"), **HEADERS)

    # A file that nobody tells of, where a search of today's keys looks for it.
    s3, bucket = cloud.client("s3"), stack.bucket("landing")
    wiring = s3.get_bucket_notification_configuration(Bucket=bucket)
    wiring.pop("ResponseMetadata")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    now = datetime.datetime.now(datetime.timezone.utc)
    commit = stack.land(key("lost", moment=f"{now:%Y-%m-%dT%H:%M:%S}"), generated["lost"], **HEADERS)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wiring)
    assert commit not in stack.objects("bronze", commit)
    for _ in range(2):
        answer, is_error = stack.call("bronze", {
            "id": "5d2f4c7e-0000-4000-8000-000000000001", "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "reconcile": {"source": "clickstream"}})
        assert not is_error, answer
        told.found.append(answer)
    told.commits["lost"] = follow(stack, commit)

    told.folder = saved(stack, tmp_path_factory.mktemp("tables"))
    told.raw = tmp_path_factory.mktemp("raw")
    for number, version in enumerate(stack.versions("landing", "events/")):
        body = s3.get_object(Bucket=bucket, Key=version.key, VersionId=version.version)["Body"].read()
        try:
            (told.raw / f"{number}.jsonl").write_bytes(gzip.decompress(body))
        except EOFError:
            assert version.key == key("cut")
    return told


# What the answers ought to be, by plain SQL over what landed

# A real shop's file has whole seconds, so that equal rows may be real: each of them counts.
EVENTS_OF_REES46 = """
    SELECT strptime(event_time, '%Y-%m-%d %H:%M:%S UTC') AS event_at, user_id, user_session AS session_id,
        CASE event_type WHEN 'view' THEN 'page_view' WHEN 'cart' THEN 'add_to_cart' ELSE event_type END AS event_type,
        product_id, category_code AS category, NULL::INTEGER AS quantity, CAST(price AS DECIMAL(18, 4)) AS price
    FROM read_csv('{file}', header = true, all_varchar = true)"""

EVENTS_OF_RAW = """
    SELECT DISTINCT CAST(CAST(timestamp AS TIMESTAMPTZ) AS TIMESTAMP) AS event_at, user_id, session_id, event_type, product_id,
        category, quantity, price, search_query
    FROM read_json('{folder}/*.jsonl', format = 'newline_delimited', columns = {{
        timestamp: 'VARCHAR', user_id: 'VARCHAR', session_id: 'VARCHAR', event_type: 'VARCHAR', product_id: 'VARCHAR',
        category: 'VARCHAR', quantity: 'DOUBLE', price: 'DECIMAL(18,4)', search_query: 'VARCHAR'}})"""
EVENTS_OF_SILVER = """
    SELECT CAST(event_at AS TIMESTAMP) AS event_at, * EXCLUDE (event_at)
    FROM read_parquet('{folder}/silver/events/**/*.parquet', hive_partitioning = false)"""
COUNTS = """count(*) AS events, count(*) FILTER (event_type = 'page_view') AS views,
    count(*) FILTER (event_type = 'add_to_cart') AS carts, count(*) FILTER (event_type = 'remove_from_cart') AS removals,
    count(*) FILTER (event_type = 'purchase') AS purchases, count(*) FILTER (event_type = 'search') AS searches,
    CAST(coalesce(sum(coalesce(quantity, 1)) FILTER (event_type = 'purchase'), 0) AS BIGINT) AS units,
    CAST(coalesce(sum(price * CAST(coalesce(quantity, 1) AS INTEGER)) FILTER (event_type = 'purchase'), 0)
        AS DECIMAL(18, 4)) AS revenue"""
# Every table of gold from a relation `events`.
TABLES = {
    "product_hourly": f"SELECT event_date, event_hour, product_id, category, {COUNTS} FROM timed GROUP BY ALL",
    "hourly_users": "SELECT DISTINCT event_date, event_hour, user_id FROM timed",
    "hourly_sessions": "SELECT DISTINCT event_date, event_hour, session_id FROM timed WHERE session_id IS NOT NULL",
    "conversion_funnel": f"""
        WITH products AS (SELECT event_date, product_id, {COUNTS} FROM timed WHERE product_id IS NOT NULL GROUP BY ALL),
        categories AS (
            SELECT event_date, product_id, category, row_number() OVER (
                PARTITION BY event_date, product_id ORDER BY count(*) DESC, category NULLS FIRST) AS place
            FROM timed WHERE product_id IS NOT NULL GROUP BY event_date, product_id, category)
        SELECT event_date, product_id, category, views, carts, purchases,
            CAST(carts AS DOUBLE) / nullif(views, 0) AS view_to_cart_rate,
            CAST(purchases AS DOUBLE) / nullif(carts, 0) AS cart_to_purchase_rate,
            CAST(purchases AS DOUBLE) / nullif(views, 0) AS view_to_purchase_rate
        FROM products JOIN categories USING (event_date, product_id) WHERE place = 1""",
    "hourly_revenue": f"""
        SELECT event_date, event_hour, purchases, units, revenue,
            CAST(CAST(revenue * 10000 AS BIGINT) AS DOUBLE) / 10000 / nullif(purchases, 0) AS average_order_value
        FROM (SELECT event_date, event_hour, {COUNTS} FROM timed GROUP BY ALL)""",
    "top_products": """
        SELECT event_date, rank, product_id, category, views FROM (
            SELECT *, row_number() OVER (PARTITION BY event_date ORDER BY views DESC, product_id) AS rank
            FROM conversion_funnel WHERE views > 0)
        WHERE rank <= 10""",
    "category_performance": f"""
        SELECT event_date, category, events, views, carts, removals, purchases, revenue
        FROM (SELECT event_date, category, {COUNTS} FROM timed GROUP BY ALL)""",
    "user_activity": """
        SELECT event_date, count(DISTINCT user_id) AS unique_users, count(DISTINCT session_id) AS unique_sessions,
            count(*) AS events
        FROM timed GROUP BY ALL""",
}


def answers_from(events: str) -> duckdb.DuckDBPyConnection:
    """A database that has every table of gold, computed from events."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(f"CREATE TABLE events AS {events}")
    database.execute("""CREATE VIEW timed AS
        SELECT *, CAST(event_at AS DATE) AS event_date, hour(event_at) AS event_hour FROM events""")
    for name, text in TABLES.items():
        database.execute(f"CREATE TABLE {name} AS {text}")
        database.execute(f"CREATE VIEW clickstream_{name} AS FROM {name}")
    return database


def saved(stack: Stack, folder: Path) -> Path:
    """Makes files of a stack's tables, <folder>/<layer>/<table>/…, as `aws s3 sync` would."""
    for layer in ("silver", "gold"):
        for name, body in stack.bodies(layer).items():
            if name.endswith(".parquet"):
                path = folder / layer / name.removeprefix("clickstream/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
    return folder


def gold_of(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database that has every table of gold as the function wrote it."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    for table in (folder / "gold").iterdir():
        # DuckDB takes the hour of a path, such as 04, for text.
        number = "* REPLACE (CAST(event_hour AS BIGINT) AS event_hour)" if list(table.glob("*/event_hour=*")) else "*"
        database.execute(f"CREATE VIEW clickstream_{table.name} AS "
                         f"SELECT {number} FROM read_parquet('{table}/**/*.parquet', hive_partitioning = true)")
    return database


def check_gold(wanted: duckdb.DuckDBPyConnection, found: duckdb.DuckDBPyConnection, name: str) -> None:
    """Checks that a table of gold has the rows that it ought to have."""
    columns = wanted.table(name).columns
    assert sorted(found.view(f"clickstream_{name}").columns) == sorted(columns)
    text = f"SELECT {', '.join(columns)} FROM clickstream_{name} ORDER BY ALL"
    rows = wanted.sql(text).fetchall()
    assert rows and found.sql(text).fetchall() == rows


@pytest.fixture(scope="module")
def from_raw(story: Story) -> Iterator[duckdb.DuckDBPyConnection]:
    with answers_from(EVENTS_OF_RAW.format(folder=story.raw)) as database:
        yield database


@pytest.fixture(scope="module")
def from_gold(story: Story) -> Iterator[duckdb.DuckDBPyConnection]:
    with gold_of(story.folder) as database:
        yield database


def test_the_day_is_one_that_can_tell(from_raw: duckdb.DuckDBPyConnection):
    """Repeats, two days, many hours: without them the comparisons below would prove little."""
    ((lines, days, hours),) = from_raw.sql(
        "SELECT count(*), count(DISTINCT event_date), count(DISTINCT event_hour) FROM timed").fetchall()
    assert (days, hours) == (2, 6)
    assert 58_000 < lines < 3 * EVENTS


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_gold_is_what_duckdb_makes_of_the_lines(
        name: str, from_raw: duckdb.DuckDBPyConnection, from_gold: duckdb.DuckDBPyConnection):
    check_gold(from_raw, from_gold, name)


def test_gold_has_no_other_table(story: Story):
    assert {path.name for path in (story.folder / "gold").iterdir()} == set(TABLES)


def test_silver_has_each_event_of_the_lines_once(story: Story, from_raw: duckdb.DuckDBPyConnection):
    with answers_from(EVENTS_OF_SILVER.format(folder=story.folder)) as silver:
        text = "SELECT event_at, user_id, session_id, event_type, product_id, category, quantity, price, search_query FROM events"
        assert silver.sql(text).order("ALL").fetchall() == from_raw.sql(text).order("ALL").fetchall()


@pytest.mark.parametrize("name", [
    "conversion_by_product", "revenue_by_hour", "most_viewed_products", "categories_by_day", "users_by_day"])
def test_a_named_query_answers_alike_over_gold_and_over_silver(
        name: str, story: Story, from_gold: duckdb.DuckDBPyConnection):
    texts = {found: text for found, _, text in named_queries("clickstream")}
    assert len(texts) == 5
    with answers_from(EVENTS_OF_SILVER.format(folder=story.folder)) as silver:
        answer = from_gold.sql(texts[f"clickstream_{name}"]).fetchall()
        assert answer and answer == silver.sql(texts[f"clickstream_{name}"]).fetchall()


def test_every_engine_opens_every_table(story: Story):
    if importlib.util.find_spec("pandas") is None:
        message = "pandas is missing; run scripts/install.sh --engines"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    import pandas

    for table in sorted(story.folder.glob("*/*")):
        with duckdb.connect() as database:
            relation = database.read_parquet(f"{table}/**/*.parquet", hive_partitioning=True)
            rows, columns = relation.count("*").fetchall()[0][0], sorted(relation.columns)
        assert rows > 0 and any(column.startswith("event_") for column in columns), table
        arrow = pyarrow.dataset.dataset(table, partitioning="hive").to_table()
        assert (arrow.num_rows, sorted(arrow.column_names)) == (rows, columns), table
        frame = pandas.read_parquet(table)
        assert (len(frame), sorted(frame.columns)) == (rows, columns), table
        polar = polars.read_parquet(f"{table}/**/*.parquet", hive_partitioning=True)
        assert (polar.height, sorted(polar.columns)) == (rows, columns), table


def test_the_catalog_describes_every_table(story: Story):
    tables = deployed_catalog(story.stack, "clicks", "clickstream")
    check_described(story.stack, tables, {layer: story.stack.bodies(layer) for layer in ("silver", "gold")})


# What becomes of a file


@pytest.mark.parametrize("name", ["01-clean", "12-repeats"])
def test_an_odd_file_ends_with_the_counts_that_it_should_have(name: str, story: Story, dirty: dict[str, dict[str, Any]]):
    wanted = {part: value for part, value in dirty[f"{name}.jsonl.gz"].items() if part != "note"}
    assert counts(story.stack, story.commits[name]) == wanted


def test_repeats_of_another_file_add_nothing(story: Story, from_raw: duckdb.DuckDBPyConnection):
    """File 13 has twenty lines of file 01; a ledger counts its own file's repeats only."""
    with duckdb.connect() as database:
        for name in ("01-clean", "13-repeats-of-01"):
            (story.raw.parent / f"{name}.jsonl").write_bytes(gzip.decompress((FILES / f"{name}.jsonl.gz").read_bytes()))
        both = EVENTS_OF_RAW.format(folder="").replace("'/*.jsonl'", str([
            str(story.raw.parent / f"{name}.jsonl") for name in ("01-clean", "13-repeats-of-01")]))
        assert database.sql(f"SELECT count(*) FROM ({both})").fetchall() == [(180,)]


def test_bronze_keeps_the_bytes_of_a_file(story: Story, generated: dict[str, bytes]):
    for name, body in generated.items():
        (part,) = story.commits[name]["bronze"]["parts"]
        assert part["key"].endswith("-0001.jsonl.gz") and part["rows"] == EVENTS
        assert story.stack.read("bronze", part["key"]) == body


def test_a_cut_file_is_named_and_a_newer_version_heals_it(story: Story):
    ((function, record),) = story.failures
    error = record["responsePayload"]
    assert function == story.stack.function("bronze")
    assert error["errorType"] == "Function.UnreadableObject"
    assert f"s3://{story.stack.bucket('landing')}/{key('cut')} version " in error["errorMessage"]
    assert "put the file again" in error["errorMessage"]
    assert story.commits["cut"]["silver"]["ledger"]["events"]["accepted"] == 100


def test_an_overwritten_file_is_a_further_run(story: Story):
    former, newer = (story.commits[name]["bronze"] for name in ("replaced", "replacement"))
    assert former["run_id"] != newer["run_id"]
    assert former["landed"]["key"] == newer["landed"]["key"] and former["landed"]["version"] != newer["landed"]["version"]
    for name in ("replaced", "replacement"):
        assert story.commits[name]["silver"]["ledger"]["events"]["accepted"] == 500


def test_a_search_finds_the_file_that_nobody_told_of_and_no_other(story: Story):
    first, second = (answer["reports"] for answer in story.found)
    assert [report["run_id"] for report in first] == [story.commits["lost"]["bronze"]["run_id"]]
    assert second == []


def test_every_ledger_adds_up(story: Story):
    for name, commits in story.commits.items():
        bronze = commits["bronze"]["ledger"]["events"]
        assert bronze["rows_answered"] == bronze["rows_in_parts"] == commits["silver"]["ledger"]["events"]["read"], name
        for layer in ("silver", "gold"):
            for row in commits[layer]["ledger"].values():
                assert row["read"] == row["accepted"] + row["duplicate"] + row["quarantined"], (name, layer)
    assert story.stack.failures() == []


def test_only_bronze_reads_landed_files_and_nobody_writes_there(story: Story):
    bucket = story.stack.bucket("landing")
    assert story.stack.client_as("bronze", "s3").get_object(Bucket=bucket, Key=key("first"))["ContentLength"] > 0
    for layer in LAYERS:
        s3 = story.stack.client_as(layer, "s3")
        calls = [lambda: s3.put_object(Bucket=bucket, Key="events/x", Body=b""),
                 lambda: s3.delete_object(Bucket=bucket, Key=key("first"))]
        if layer != "bronze":
            calls += [lambda: s3.get_object(Bucket=bucket, Key=key("first")),
                      lambda: s3.list_object_versions(Bucket=bucket, Prefix="events/")]
        for call in calls:
            with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
                call()


@pytest.mark.parametrize(
    ("notifications", "name"), [("sqs", "16-numbers.jsonl"), ("eventbridge", "17-text.jsonl")])
def test_bronze_hears_of_a_file_in_other_ways_too(
        notifications: str, name: str, cloud: LocalCloud, zips: Path, dirty: dict[str, dict[str, Any]]):
    stack = deployed(cloud, zips, notifications)
    # What is outside the prefix, or half written, is nobody's business.
    cloud.client("s3").put_object(Bucket=stack.bucket("landing"), Key="other/x.jsonl", Body=b"{}")
    cloud.client("s3").put_object(Bucket=stack.bucket("landing"), Key="events/x.jsonl.tmp", Body=b"{}")
    commits = follow(stack, stack.land(key(name).removesuffix(".gz"), (FILES / name).read_bytes()))
    assert counts(stack, commits) == {part: value for part, value in dirty[name].items() if part != "note"}
    assert len(stack.commits("bronze", source="clickstream")) == 1
    assert stack.failures() == []


def test_a_real_shop_s_csv_goes_through_the_same_tables(
        cloud: LocalCloud, zips: Path, dirty: dict[str, dict[str, Any]], tmp_path: Path):
    file = FILES.parent / "rees46" / "2019-oct-first-1000.csv"
    stack = deployed(cloud, zips, "direct", "rees46")
    commits = follow(stack, stack.land("events/2019-oct.csv", file.read_bytes(), ContentType="text/csv"))
    assert commits["silver"]["ledger"]["events"]["accepted"] == 1000
    with answers_from(EVENTS_OF_REES46.format(file=file)) as wanted, gold_of(saved(stack, tmp_path)) as found:
        for name in TABLES:
            check_gold(wanted, found, name)
