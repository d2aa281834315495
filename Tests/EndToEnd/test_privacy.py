"""No name, address, company or job title leaves bronze, neither in tables nor in quarantine, commits and logs.

The bronze objects of the story go through silver and gold of a second stack, once for each mode. Some rows of day two are
spoilt there, so that there is a quarantine to search. `keep` is the control: the search must find what it hands on.
"""

import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import DAY_ONE, DAY_TWO, SECONDS_PER_LAYER, Snapshot
from local_cloud import LAYERS, LocalCloud, Sandbox, Stack, wait_until

COLUMNS = ("name", "email", "org_name", "org_title")
# The tables that have them.
TABLES = (("silver", "fact_visitors"), ("gold", "fact_audience_insights"))
# What replaces fields of a row each: personal where a number, a time, a text or an object should be.
SPOILT = (
    {"load_count": "spoilt-count@example.com"},
    {"created_at": "Spoilt Time"},
    {"visitor_identity": "Spoilt Identity"},
    {"visitor_identity": {"name": ["Spoilt Name"], "email": None, "org": None}},
    {"visitor_identity": {"name": "Spoilt Neighbour", "email": {"spoilt-key@example.com": 1}, "org": None}},
    {"visitor_identity": {"name": "", "email": "spoilt-neighbour@example.com", "org": "Spoilt Organisation"}},
)
# A field that nobody knows is counted by its name and leaves the row as it is.
UNKNOWN = {"nickname": "Spoilt Nickname"}


@dataclass(frozen=True)
class Lake:
    """What became of the bronze objects in one mode, and what was personal in them."""

    snapshot: Snapshot
    logs: dict[str, str]
    # Every personal value of every visitor, and those of the spoilt fields.
    personal: set[str]
    # The personal values of each visitor as last read, None for the empty string, in the order of COLUMNS.
    identities: dict[str, tuple[str | None, ...]]


# What is personal


def strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, the keys of objects among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def visitors(bronze: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    """The visitors of all parts, in the order in which they were read."""
    for key in sorted(key for key in bronze if key.startswith("raw/wistia/visitors/")):
        for line in gzip.decompress(bronze[key]).splitlines():
            yield from json.loads(line)["body"]


def identity(visitor: dict[str, Any]) -> tuple[str | None, ...]:
    found = visitor["visitor_identity"]
    organisation = found["org"] or {}
    values = (found["name"], found["email"], organisation.get("name"), organisation.get("title"))
    return tuple(value or None for value in values)


def personal_values(bronze: dict[str, bytes]) -> set[str]:
    return {value for visitor in visitors(bronze) for value in identity(visitor) if value is not None}


# Where it may not be


def texts(key: str, body: bytes) -> Iterator[str]:
    """An object's content as text: as it lies there, and every string that a reader gets out of it."""
    if key.endswith(".gz"):
        body = gzip.decompress(body)
    # Of a Parquet file the statistics and the metadata, which no column shows.
    yield body.decode("utf-8", errors="replace")
    if key.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(body))
        for column in table.columns:
            # Strings in lists and structs lie in columns of their own.
            for leaf in pa.table({"column": column}).flatten().columns:
                leaf = leaf.combine_chunks()
                while pa.types.is_list(leaf.type):
                    leaf = leaf.flatten()
                if pa.types.is_string(leaf.type) or pa.types.is_large_string(leaf.type) or pa.types.is_binary(leaf.type):
                    yield "\n".join(leaf.cast(pa.string()).unique().drop_null().to_pylist())
    else:
        for line in body.splitlines() if ".jsonl" in key else [body]:
            yield "\n".join(strings(json.loads(line)))


def found_in(contents: Iterator[str], personal: set[str]) -> set[str]:
    """The personal values that occur anywhere in the contents, in whatever case, also as JSON escapes them."""
    text = "\n".join(contents).casefold()
    return {
        value for value in personal
        if any(form.casefold() in text
               for form in {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]})}


def leaks(lake: Lake) -> dict[str, set[str]]:
    """The personal values behind bronze, and in the logs of all, by place."""
    places = {f"{layer} {key}": texts(key, body)
              for layer in ("silver", "gold") for key, body in lake.snapshot.bodies[layer].items()}
    places |= {f"log of {layer}": iter([text]) for layer, text in lake.logs.items()}
    found = {place: found_in(contents, lake.personal) for place, contents in places.items()}
    return {place: values for place, values in found.items() if values}


# The second stack


def spoil(bronze: dict[str, bytes]) -> tuple[str, bytes]:
    """Spoils rows of day two's first part of visitors, those that will be read again by its second."""
    key = min(key for key in bronze if key.startswith(f"raw/wistia/visitors/extraction_date={DAY_TWO}/"))
    pages = [json.loads(line) for line in gzip.decompress(bronze[key]).splitlines()]
    rows = pages[0]["body"]
    for row, fields in zip(rows, (*SPOILT, UNKNOWN), strict=False):
        row |= fields
    return key, gzip.compress("".join(json.dumps(page) + "\n" for page in pages).encode(), mtime=0)


@pytest.fixture(scope="module")
def stack_behind(cloud: LocalCloud, sandbox: Sandbox) -> Stack:
    """A second stack, which the first mode deploys."""
    return Stack(cloud, name="privacy")


@pytest.fixture(scope="module")
def lake(request: pytest.FixtureRequest, stack_behind: Stack, sandbox: Sandbox, zips: Path, day_two: Snapshot) -> Lake:
    """Silver and gold of the story in one mode."""
    stack, s3 = stack_behind, stack_behind.cloud.client("s3")
    stack.deploy(zips, WistiaBaseUrl=sandbox.url, PiiMode=request.param)
    for layer in LAYERS:
        stack.empty(layer)
    reports = {layer: count_reports(stack, layer) for layer in ("silver", "gold")}

    bronze = day_two.bodies["bronze"]
    spoilt_key, spoilt_part = spoil(bronze)
    etags = {
        key: s3.put_object(Bucket=stack.bucket("bronze"), Key=key, Body=body)["ETag"]
        for key, body in (bronze | {spoilt_key: spoilt_part}).items() if key.startswith("raw/")}
    commits = {}
    for day in (DAY_ONE, DAY_TWO):
        key = next(key for key in bronze if key.startswith(f"commits/wistia/{day}/"))
        commit = json.loads(bronze[key])
        for part in commit["parts"]:
            part["etag"] = etags[part["key"]]
        s3.put_object(Bucket=stack.bucket("bronze"), Key=key, Body=json.dumps(commit).encode())
        commits = {layer: stack.wait_for_commit(layer, day, SECONDS_PER_LAYER) for layer in ("silver", "gold")}
    for layer, before in reports.items():
        wait_until(lambda: count_reports(stack, layer) >= before + 2, 30, f"{layer} logs both days")  # noqa: B023

    spoilt_values = {value for fields in (*SPOILT, UNKNOWN) for value in strings(fields)
                     if value.casefold().startswith("spoilt")}
    return Lake(
        Snapshot(DAY_TWO, commits, {layer: stack.bodies(layer) for layer in ("silver", "gold")}, {}),
        {layer: "\n".join(stack.log_lines(layer)) for layer in ("silver", "gold")},
        personal_values(bronze) | spoilt_values,
        {visitor["visitor_key"]: identity(visitor) for visitor in visitors(bronze)})


def count_reports(stack: Stack, layer: str) -> int:
    return sum(line.startswith("REPORT RequestId") for line in stack.log_lines(layer))


def in_mode(*modes: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("lake", modes, indirect=True)


# Tests


def test_the_account_has_something_to_hide(day_two: Snapshot):
    identities = [identity(visitor) for visitor in visitors(day_two.bodies["bronze"])]
    for position, column in enumerate(COLUMNS):
        assert any(values[position] for values in identities), column


def test_nothing_personal_leaves_bronze_in_the_story(stack: Stack, day_two: Snapshot):
    logs = {layer: "\n".join(stack.log_lines(layer)) for layer in LAYERS}
    assert leaks(Lake(day_two, logs, personal_values(day_two.bodies["bronze"]), {})) == {}
    for layer in LAYERS:
        assert found_in(strings(day_two.commits[layer]), personal_values(day_two.bodies["bronze"])) == set()


@in_mode("hash", "drop")
def test_nothing_personal_leaves_bronze(lake: Lake):
    searched = [key for layer in ("silver", "gold") for key in lake.snapshot.bodies[layer]]
    assert {"wistia/fact_visitors/part-0.parquet", "wistia/fact_audience_insights/part-0.parquet"} <= set(searched)
    assert any(key.startswith("quarantine/") for key in searched)
    assert lake.snapshot.commits["silver"]["ledger"]["fact_visitors"]["quarantined"] == len(SPOILT)
    assert leaks(lake) == {}


@in_mode("hash")
def test_equal_values_have_equal_pseudonyms_and_others_have_others(lake: Lake):
    for layer, table in TABLES:
        rows = lake.snapshot.rows(layer, table, "visitor_key")
        for position, column in enumerate(COLUMNS):
            pairs = {(values[position], rows[key][column]) for key, values in lake.identities.items()}
            assert (None, None) in pairs
            pairs.remove((None, None))
            assert all(re.fullmatch(r"[0-9a-f]{64}", pseudonym or "") for _, pseudonym in pairs), (table, column)
            clear, pseudonyms = {value for value, _ in pairs}, {pseudonym for _, pseudonym in pairs}
            assert len(clear) == len(pairs) == len(pseudonyms) > 0, (table, column)
    # Forty companies have more visitors than that: without a repetition, equality would not be tested.
    companies = [values[2] for values in lake.identities.values() if values[2] is not None]
    assert len(companies) > len(set(companies))


@in_mode("drop")
def test_dropped_columns_are_null(lake: Lake):
    for layer, table in TABLES:
        rows = lake.snapshot.table(layer, table)
        assert rows.num_rows > 0
        for column in COLUMNS:
            assert rows[column].null_count == rows.num_rows, (table, column)


@in_mode("keep")
def test_the_search_finds_what_keep_hands_on(lake: Lake):
    found = leaks(lake)
    assert found.keys() == {f"{layer} wistia/{table}/part-0.parquet" for layer, table in TABLES}
    stored = {value for values in lake.identities.values() for value in values if value is not None}
    for place, values in found.items():
        assert stored <= values, place


def test_the_search_sees_through_case_escapes_and_gzip():
    personal = {"Zoë Müller", 'User "Ace" 1', "user1@example.com"}
    for written in ('{"a":"Zo\\u00eb M\\u00fcller"}', '{"a":["User \\"Ace\\" 1"]}', '{"a":{"USER1@Example.com":1}}'):
        assert len(found_in(texts("quarantine/x.jsonl.gz", gzip.compress(written.encode())), personal)) == 1, written
        assert len(found_in(iter([written]), personal)) == 1, written
