"""Days on which the account is slow to answer, refuses or breaks off, and crawls that outlive an invocation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import DAY_ONE, NEW, RETURNING, VISITORS, Snapshot, run
from local_cloud import LocalCloud, Sandbox, Stack, daily_event, wait_until

# What two runs over the same account may differ in: when it was read, and the pseudonyms of another key.
NOT_COMPARED = {"ingested_at", "snapshot_ts", "name", "email", "org_name", "org_title"}


@pytest.fixture
def other_cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path) as cloud:
        yield cloud


def facts(snapshot: Snapshot, layer: str, table: str) -> list[dict]:
    return [{name: value for name, value in row.items() if name not in NOT_COMPARED}
            for row in snapshot.table(layer, table).to_pylist()]


def test_faults_of_the_api_change_no_row(
    other_cloud: LocalCloud, sandbox_executable: Path, zips: Path, day_one: Snapshot
):
    with Sandbox(sandbox_executable, visitors=VISITORS, date=DAY_ONE, new=NEW, returning=RETURNING,
                 identified_percent=10, faults="429=10,503=5,cut=5") as sandbox:
        stack = Stack(other_cloud)
        stack.deploy(zips, WistiaBaseUrl=sandbox.url, WistiaRequestsPerMinute=600)
        stack.set_token(Sandbox.TOKEN)
        faulty = run(stack, sandbox, DAY_ONE)
    assert sum(faulty.requests.values()) > sum(day_one.requests.values()), "no fault struck"
    for layer, table in (("silver", "dim_media"), ("silver", "fact_media"), ("silver", "fact_media_engagement"),
                         ("silver", "fact_visitors"), ("gold", "fact_media_performance"), ("gold", "kpi_daily")):
        assert facts(faulty, layer, table) == facts(day_one, layer, table), (layer, table)


def test_a_wrong_token_stops_the_run_and_says_so(other_cloud: LocalCloud, sandbox: Sandbox, zips: Path):
    stack = Stack(other_cloud)
    stack.deploy(zips, WistiaBaseUrl=sandbox.url)
    stack.set_token("wrong-token-not-a-secret")
    stack.send("bronze", daily_event(DAY_ONE))
    (failure,) = wait_until(stack.failures, 60, "the event ends in the failure queue")
    assert "401" in failure
    assert "wrong-token" not in failure
    assert stack.commits("bronze") == {}


def test_an_unset_token_is_refused_with_the_remedy(other_cloud: LocalCloud, sandbox: Sandbox, zips: Path):
    stack = Stack(other_cloud)
    stack.deploy(zips, WistiaBaseUrl=sandbox.url)
    answer, is_error = stack.call("bronze", daily_event(DAY_ONE))
    assert is_error
    assert "api_token" in answer["errorMessage"]


def test_a_crawl_that_outlives_its_invocation_goes_on_in_the_next(
    other_cloud: LocalCloud, sandbox_executable: Path, zips: Path
):
    # Some 70 pages at one a second do not fit 60 seconds.
    with Sandbox(sandbox_executable, visitors=7000, date=DAY_ONE) as sandbox:
        stack = Stack(other_cloud)
        stack.deploy(zips, WistiaBaseUrl=sandbox.url, WistiaRequestsPerMinute=60, BronzeTimeoutSeconds=60)
        stack.set_token(Sandbox.TOKEN)
        long = run(stack, sandbox, DAY_ONE, bronze_seconds=240)
    assert any(key.startswith("continuations/wistia/") for key in long.bodies["bronze"])
    keys = long.table("silver", "fact_visitors")["visitor_key"].to_pylist()
    assert len(keys) == 7000 == len(set(keys))
