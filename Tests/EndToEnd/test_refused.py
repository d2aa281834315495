"""A run whose rows cannot be typed any more: refused as a whole, answered once, no table changed, and healed by a reprocess."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import DAY_ONE, DAY_TWO, NEW, RETURNING, SECONDS_PER_LAYER, Snapshot, run
from local_cloud import LocalCloud, Sandbox, Stack, daily_event, event, wait_until

VISITORS = 300
SPOILT = "spoilt time"


@pytest.fixture(scope="module")
def account(zips: Path, sandbox_executable: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Sandbox]]:
    with (LocalCloud(tmp_path_factory.mktemp("refused")) as cloud,
          Sandbox(sandbox_executable, visitors=VISITORS, date=DAY_ONE, new=NEW, returning=RETURNING) as sandbox):
        stack = Stack(cloud)
        stack.deploy(zips, WistiaBaseUrl=sandbox.url, WistiaRequestsPerMinute=600)
        stack.set_token(Sandbox.TOKEN)
        yield stack, sandbox


@pytest.fixture(scope="module")
def day_one(account: tuple[Stack, Sandbox]) -> Snapshot:
    return run(*account, DAY_ONE)


def put(stack: Stack, key: str, body: bytes) -> str:
    return stack.cloud.client("s3").put_object(Bucket=stack.bucket("bronze"), Key=key, Body=body)["ETag"]


def put_day_two(stack: Stack, commit_key: str, parts: dict[str, bytes]) -> None:
    """Stores parts of visitors and the commit that names them."""
    commit = json.loads(stack.read("bronze", commit_key))
    for part in commit["parts"]:
        if part["key"] in parts:
            part["etag"] = put(stack, part["key"], parts[part["key"]])
    put(stack, commit_key, json.dumps(commit).encode())


def spoilt(part: bytes) -> bytes:
    lines = [json.loads(line) for line in gzip.decompress(part).splitlines()]
    for line in lines:
        for row in line["body"]:
            row["created_at"] = SPOILT
    return gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode(), mtime=0)


def tables(stack: Stack, layer: str) -> dict[str, bytes]:
    return {key: body for key, body in stack.bodies(layer).items() if key.startswith("wistia/")}


def test_a_refused_run_is_answered_once_and_healed_by_a_reprocess(account: tuple[Stack, Sandbox], day_one: Snapshot):
    stack, sandbox = account
    stack.cloud.client("s3").put_bucket_notification_configuration(
        Bucket=stack.bucket("bronze"), NotificationConfiguration={})
    sandbox.turn_to_day(2)
    stack.send("bronze", daily_event(DAY_TWO))
    bronze = stack.wait_for_commit("bronze", DAY_TWO, SECONDS_PER_LAYER)
    (commit_key,) = stack.commits("bronze", DAY_TWO)
    good = {part["key"]: stack.read("bronze", part["key"]) for part in bronze["parts"] if part["stream"] == "visitors"}
    put_day_two(stack, commit_key, {key: spoilt(part) for key, part in good.items()})
    before = {layer: tables(stack, layer) for layer in ("silver", "gold")}

    answer, is_error = stack.call("silver", stack.notification("bronze", commit_key))
    assert is_error
    assert answer["errorType"] == "Function.SchemaChanged"
    rows = bronze["ledger"]["visitors"]["rows_in_parts"]
    assert f"{rows} of {rows} rows cannot be typed, in fields created_at" in answer["errorMessage"]
    assert SPOILT not in answer["errorMessage"]

    # Its answer says so, names the rows, and starts gold, which has nothing to do.
    silver = stack.find_commit("silver", DAY_TWO)
    assert silver["refused"] == {"table": "fact_visitors", "quarantined": rows, "read": rows, "fields": ["created_at"]}
    assert (silver["outputs"], silver["complete"]) == ([], {})
    quarantine = gzip.decompress(stack.read("silver", silver["quarantine"]["fact_visitors"]))
    assert len(quarantine.splitlines()) == rows
    assert SPOILT.encode() not in quarantine
    assert stack.wait_for_commit("gold", DAY_TWO, SECONDS_PER_LAYER)["outputs"] == []
    assert {layer: tables(stack, layer) for layer in before} == before

    # It does not come up again each morning.
    for layer in before:
        answer, is_error = stack.call(layer, event(f"{layer}-schedule-rule"))
        assert not is_error, answer
        assert answer["reports"] == [], layer

    # A release that can type it would find the same as if the rows had been right.
    put_day_two(stack, commit_key, good)
    answer, is_error = stack.call("silver", event(
        "silver-reprocess", reprocess={"source": "wistia", "from": DAY_ONE, "to": DAY_TWO, "quarantined": True}))
    assert not is_error, answer
    assert [report["commit"] for report in answer["reports"]] == [commit_key]
    silver = stack.find_commit("silver", DAY_TWO)
    assert "refused" not in silver and silver["quarantine"] == {}
    assert {output["table"] for output in silver["outputs"]} == {
        "dim_media", "fact_media", "fact_media_engagement", "fact_visitors"}
    healed = Snapshot(DAY_TWO, {}, {"silver": stack.bodies("silver")}, {})
    assert healed.table("silver", "fact_visitors").num_rows == VISITORS + NEW
    wait_until(lambda: stack.find_commit("gold", DAY_TWO)["outputs"], SECONDS_PER_LAYER, "gold answers the healed run")
    assert f"wistia/kpi_daily/extraction_date={DAY_TWO}/part-0.parquet" in stack.objects("gold")
    assert stack.failures() == []
