"""An event that is days old: what only tells of now is left out and said so, what happened is taken, and the next run goes on."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import DAY_ONE, DAY_TWO, NEW, RETURNING, Snapshot, run
from local_cloud import LocalCloud, Sandbox, Stack, daily_event

# Day two's event comes on this day, when it is two days old.
DAY_FOUR = "2026-01-11"
VISITORS = 300
SNAPSHOTS = ["media", "media_engagement", "media_stats"]
DAY_TABLES = {"silver": ["dim_media", "fact_media", "fact_media_engagement"], "gold": ["kpi_daily", "media_daily_change"]}


@dataclass(frozen=True)
class Story:
    """The days of one account, the last but one of which is told of late."""

    stack: Stack
    first: Snapshot
    late: Snapshot
    today: Snapshot


@pytest.fixture(scope="module")
def story(zips: Path, sandbox_executable: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with ExitStack() as running:
        cloud = running.enter_context(LocalCloud(tmp_path_factory.mktemp("late")))
        sandbox = running.enter_context(
            Sandbox(sandbox_executable, visitors=VISITORS, date=DAY_ONE, new=NEW, returning=RETURNING))
        stack = Stack(cloud)
        stack.deploy(zips, WistiaBaseUrl=sandbox.url, WistiaRequestsPerMinute=600)
        stack.set_token(Sandbox.TOKEN)
        first = run(stack, sandbox, DAY_ONE)
        sandbox.turn_to_day(4)
        yield Story(stack, first, run(stack, sandbox, DAY_TWO), run(stack, sandbox, DAY_FOUR))


def test_the_commit_and_the_log_say_what_was_left_out(story: Story):
    bronze = story.late.commits["bronze"]
    assert bronze["skipped"] == SNAPSHOTS
    assert {part["stream"] for part in bronze["parts"]} == {"visitors"}
    assert {stream: row["rows_in_parts"] for stream, row in bronze["ledger"].items() if stream in SNAPSHOTS} \
        == dict.fromkeys(SNAPSHOTS, 0)
    assert bronze["failed"] == []
    assert not any(f"extraction_date={DAY_TWO}" in key for key in story.late.bodies["bronze"] if "/visitors/" not in key)
    (line,) = (line for line in story.stack.log_lines("bronze") if "WARN" in line)
    assert "the run stands for a day that is over or has not come" in line
    assert "media, which only tell of now, are left out" in line
    assert bronze["run_id"] in line
    # Whoever sends it again is told too.
    answer, is_error = story.stack.call("bronze", daily_event(DAY_TWO))
    assert not is_error, answer
    assert [(report["outcome"], report["skipped"]) for report in answer["reports"]] == [("already_committed", SNAPSHOTS)]


def test_it_costs_few_requests(story: Story):
    assert story.late.requests["/medias"] == 1
    assert not any(count for route, count in story.late.requests.items() if route.startswith("/stats/medias"))


def test_that_day_has_no_row_of_any_media(story: Story):
    for layer, tables in DAY_TABLES.items():
        for table in tables:
            days = [key.split("/")[2] for key in story.today.bodies[layer] if key.startswith(f"wistia/{table}/")]
            assert days == [f"extraction_date={DAY_ONE}", f"extraction_date={DAY_FOUR}"], table
        assert {output["partition"] for output in story.late.commits[layer]["outputs"]} == {""}, layer
    assert {row["table"] for row in story.late.commits["silver"]["outputs"]} == {"fact_visitors"}
    # What day one had is untouched.
    for layer in DAY_TABLES:
        for key, body in story.first.bodies[layer].items():
            if f"extraction_date={DAY_ONE}" in key:
                assert story.today.bodies[layer][key] == body, key


def test_the_visitors_of_that_run_are_there(story: Story):
    def keys(snapshot: Snapshot) -> set[str]:
        return set(snapshot.table("silver", "fact_visitors")["visitor_key"].to_pylist())

    assert len(keys(story.first)) == VISITORS
    assert len(keys(story.late)) == VISITORS + 3 * NEW
    assert keys(story.today) == keys(story.late)
    assert story.late.table("gold", "fact_audience_insights").num_rows == VISITORS + 3 * NEW


def test_the_next_day_compares_with_the_last_that_has_media(story: Story):
    assert story.today.commits["bronze"]["skipped"] == []
    changes: list[dict[str, Any]] = story.today.table("gold", "media_daily_change").to_pylist()
    assert len(changes) == 2
    assert {str(change["previous_extraction_date"]) for change in changes} == {DAY_ONE}
    before = story.first.rows("silver", "fact_media", "media_id")
    after = story.today.rows("silver", "fact_media", "media_id")
    for change in changes:
        media = change["media_id"]
        assert change["play_count_change"] == after[media]["play_count"] - before[media]["play_count"]
    spans = {(str(row["first_extraction_date"]), str(row["last_extraction_date"]))
             for row in story.today.table("gold", "media_days").to_pylist()}
    assert spans == {(DAY_ONE, DAY_FOUR)}
    assert story.stack.failures() == []
