"""The whole chain: the scheduled event in, the gold tables out, over two days, replayed and repeated."""

from pathlib import Path

import duckdb
import pytest
from conftest import DAY_ONE, DAY_TWO, NEW, RETURNING, VISITORS, Snapshot
from local_cloud import LAYERS, LocalCloudError, Stack, daily_event, event, wait_until

# Published with the account that the sandbox plays: cells, sums, average, classes by play rate and by hours.
PUBLISHED = {
    "gskhw4w4lm": (436, 1_297_210, 57_850, 2975.252294, "Medium", "Medium"),
    "v08dlrgr7v": (436, 10_103_978, 435_865, 23174.261468, "High", "High"),
}


def published_columns(row: dict) -> tuple:
    return (row["engagement_points"], row["total_engagement_count"], row["total_rewatch_count"],
            round(row["avg_engagement_per_second"], 6), row["play_rate_class"], row["hours_class"])


def test_the_published_numbers_come_out_as_pyarrow_reads_them(day_one: Snapshot):
    rows = day_one.rows("gold", "fact_media_performance", "media_id")
    assert {media: published_columns(row) for media, row in rows.items()} == PUBLISHED


def test_the_published_numbers_come_out_as_duckdb_reads_them(day_one: Snapshot, tmp_path: Path):
    path = tmp_path / "fact_media_performance.parquet"
    path.write_bytes(
        day_one.bodies["gold"][f"wistia/fact_media_performance/extraction_date={DAY_ONE}/part-0.parquet"])
    relation = duckdb.from_parquet(str(path))
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    assert {row["media_id"]: published_columns(row) for row in rows} == PUBLISHED


def test_every_visitor_arrives_once(day_one: Snapshot):
    keys = day_one.table("silver", "fact_visitors")["visitor_key"].to_pylist()
    assert len(keys) == VISITORS == len(set(keys))
    assert keys == sorted(keys)
    insights = day_one.table("gold", "fact_audience_insights")
    assert insights["visitor_key"].to_pylist() == keys
    assert sum(day_one.table("gold", "audience_summary")["visitors"].to_pylist()) == VISITORS


def test_the_day_s_totals_are_the_sums_of_the_media(day_one: Snapshot):
    media = day_one.table("gold", "fact_media_performance").to_pylist()
    (total,) = day_one.table("gold", "kpi_daily").to_pylist()
    assert total["total_media_count"] == len(media)
    assert total["total_plays"] == sum(row["play_count"] for row in media)
    assert total["media_visitors_sum"] == sum(row["visitors"] for row in media)
    assert total["total_hours_watched"] == pytest.approx(sum(row["hours_watched"] for row in media))


def test_a_daily_run_asks_for_few_visitor_pages(day_one: Snapshot, day_two: Snapshot):
    assert day_one.requests["/stats/visitors"] >= VISITORS / 100
    assert 1 <= day_two.requests["/stats/visitors"] <= 5


def test_day_two_adds_the_new_and_changes_the_returning_visitors(day_one: Snapshot, day_two: Snapshot):
    def facts(snapshot: Snapshot) -> dict:
        rows = snapshot.rows("silver", "fact_visitors", "visitor_key")
        return {key: {name: value for name, value in row.items() if name != "ingested_at"} for key, row in rows.items()}

    before, after = facts(day_one), facts(day_two)
    assert before.keys() <= after.keys()
    assert len(after.keys() - before.keys()) == NEW
    assert len([key for key in before if before[key] != after[key]]) == RETURNING


def test_day_two_compares_with_day_one(day_one: Snapshot, day_two: Snapshot):
    before = day_one.rows("gold", "fact_media_performance", "media_id")
    after = day_two.rows("gold", "fact_media_performance", "media_id")
    changes = day_two.rows("gold", "media_daily_change", "media_id")
    assert changes.keys() == before.keys()
    for media, change in changes.items():
        for counter in ("load_count", "play_count", "visitors"):
            assert change[f"{counter}_change"] == after[media][counter] - before[media][counter], (media, counter)
        assert str(change["previous_extraction_date"]) == DAY_ONE
    assert any(change["load_count_change"] > 0 for change in changes.values())


def test_day_two_leaves_day_one_s_partitions_alone(day_one: Snapshot, day_two: Snapshot):
    for layer in LAYERS:
        for key, body in day_one.bodies[layer].items():
            if f"extraction_date={DAY_ONE}" in key or key.startswith("commits/"):
                assert day_two.bodies[layer][key] == body, key


@pytest.mark.parametrize("day", ["day_one", "day_two"])
def test_every_ledger_adds_up(day: str, request: pytest.FixtureRequest):
    snapshot: Snapshot = request.getfixturevalue(day)
    for stream, row in snapshot.commits["bronze"]["ledger"].items():
        assert row["rows_answered"] == row["rows_in_parts"], stream
        assert row["requests"] > 0, stream
    for layer in ("silver", "gold"):
        assert snapshot.commits[layer]["ledger"]
        for table, row in snapshot.commits[layer]["ledger"].items():
            assert row["read"] == row["accepted"] + row["duplicate"] + row["quarantined"], (layer, table)
            assert row["quarantined"] == 0, (layer, table)
    visitors = snapshot.commits["bronze"]["ledger"]["visitors"]
    assert visitors["rows_in_parts"] == snapshot.commits["silver"]["ledger"]["fact_visitors"]["read"]


def test_both_engines_read_every_file_alike(day_two: Snapshot, tmp_path: Path):
    parquet_check = pytest.importorskip("parquet_check")
    files = 0
    for layer in ("silver", "gold"):
        for key, body in day_two.bodies[layer].items():
            if key.endswith(".parquet"):
                path = tmp_path / layer / key
                path.parent.mkdir(parents=True)
                path.write_bytes(body)
                problems, _, _ = parquet_check.check(path)
                assert problems == [], key
                files += 1
    assert files >= 20


def test_nothing_failed_on_the_way(stack: Stack, day_two: Snapshot):
    assert stack.failures() == []


def test_a_repeated_schedule_event_writes_nothing(stack: Stack, day_two: Snapshot):
    before = {layer: stack.versions(layer) for layer in LAYERS}
    for day in (DAY_ONE, DAY_TWO):
        answer, is_error = stack.call("bronze", daily_event(day))
        assert not is_error, answer
    assert {layer: stack.versions(layer) for layer in LAYERS} == before


def test_a_repeated_notification_writes_the_same_bytes(stack: Stack, day_two: Snapshot):
    for source, layer in (("bronze", "silver"), ("silver", "gold")):
        for key in stack.commits(source):
            answer, is_error = stack.call(layer, stack.notification(source, key))
            assert not is_error, answer
    assert differences(stack, day_two) == []


@pytest.mark.parametrize(
    "order",
    [(DAY_ONE, DAY_TWO), (DAY_ONE, DAY_ONE, DAY_TWO, DAY_TWO), (DAY_TWO, DAY_ONE), (DAY_TWO, DAY_ONE, DAY_TWO)],
    ids=["in order", "doubled", "day two first", "day two first and last"])
def test_replayed_commits_give_the_same_bytes(stack: Stack, day_two: Snapshot, order: tuple[str, ...]):
    for layer in ("silver", "gold"):
        stack.empty(layer)
    started = len(invocations(stack, "gold"))
    for day in order:
        for key in stack.commits("bronze", day):
            answer, is_error = stack.call("silver", stack.notification("bronze", key))
            assert not is_error, answer
    written = sum(version.key.startswith("commits/") for version in stack.versions("silver"))
    assert written == len(order)
    wait_until(lambda: len(invocations(stack, "gold")) >= started + written, 60, "gold answers every silver commit")
    assert differences(stack, day_two) == []


def test_all_at_once_gives_the_same_bytes(stack: Stack, day_two: Snapshot):
    for layer in ("silver", "gold"):
        stack.empty(layer)
    for _ in range(3):
        for key in stack.commits("bronze"):
            stack.send("silver", stack.notification("bronze", key))
    wait_for_rest(stack, day_two)


def test_lost_notifications_are_made_up_for(stack: Stack, day_two: Snapshot):
    for layer in ("silver", "gold"):
        stack.empty(layer)
    answer, is_error = stack.call("silver", event("silver-reconcile"))
    assert not is_error, answer
    wait_for_rest(stack, day_two)


def test_gold_answers_commits_that_it_never_heard_of(stack: Stack, day_two: Snapshot):
    stack.empty("gold")
    answer, is_error = stack.call("gold", event("gold-reconcile"))
    assert not is_error, answer
    assert differences(stack, day_two) == []


def test_reprocessing_makes_the_same_tables_anew(stack: Stack, day_two: Snapshot):
    for layer in ("silver", "gold"):
        stack.empty(layer)
    answer, is_error = stack.call("silver", event("silver-reprocess"))
    assert not is_error, answer
    wait_for_rest(stack, day_two)


def wait_for_rest(stack: Stack, expected: Snapshot) -> None:
    """Waits until silver and gold are as expected, and says in what they are not when they do not get there."""
    try:
        wait_until(lambda: not differences(stack, expected), 60, "silver and gold come to rest", pause_seconds=0.5)
    except LocalCloudError:
        assert differences(stack, expected) == []
    assert stack.failures() == []


def invocations(stack: Stack, layer: str) -> list[str]:
    """The reports of a function's invocations that are over."""
    return [line for line in stack.log_lines(layer) if line.startswith("REPORT RequestId")]


def differences(stack: Stack, expected: Snapshot) -> list[str]:
    """The objects of silver and gold that are not as expected."""
    found = []
    for layer in ("silver", "gold"):
        actual, wanted = stack.bodies(layer), expected.bodies[layer]
        found += [f"{layer} {key}: missing" for key in wanted.keys() - actual.keys()]
        found += [f"{layer} {key}: not expected" for key in actual.keys() - wanted.keys()]
        found += [f"{layer} {key}: other bytes" for key in wanted.keys() & actual.keys() if wanted[key] != actual[key]]
    return sorted(found)
