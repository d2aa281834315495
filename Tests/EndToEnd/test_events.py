"""Every file in events/ goes to its layer's real bootstrap, as scripts/invoke.sh sends it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from local_cloud import LocalCloud, Stack
from sample_lake import SampleLake

EVENTS = ROOT / "events"
COMMIT = "commits/wistia/2026-01-08/20260108T020000Z-7d4f8c1e.json"
NEXT_COMMIT = "commits/wistia/2026-01-09/20260109T020000Z-8e5a9d2f.json"

# Which commits an answer reports, for files that are done; nothing more is done for a list that is empty.
DONE = {
    "bronze-schedule-rule": [COMMIT],
    "bronze-schedule-scheduler": ["commits/wistia/2026-01-08/20260108T020000Z-3b1d0a52.json"],
    "bronze-full-run": ["commits/wistia/2026-01-08/20260108T020000Z-0a1b2c3d.json"],
    "bronze-continuation": ["commits/wistia/2026-01-08/20260108T020000Z-9f6b0e31.json"],
    "bronze-s3-test-event": [],
    "silver-s3-notification": [COMMIT],
    "silver-s3-notification-encoded-key": [COMMIT],
    "silver-s3-notification-two-records": [COMMIT, NEXT_COMMIT],
    "silver-s3-eventbridge": [COMMIT],
    "silver-s3-test-event": [],
    "gold-s3-notification": [COMMIT],
    "gold-s3-notification-encoded-key": [COMMIT],
    "gold-s3-notification-two-records": [COMMIT, NEXT_COMMIT],
    "gold-s3-eventbridge": [COMMIT],
    "gold-s3-test-event": [],
}
# What these report depends on which commits are there; one of them is the sample's.
DONE_WITH_OTHERS = {"silver-reprocess", "gold-reprocess", "silver-reconcile", "gold-reconcile"}

# The type and a part of the message of each refusal.
REFUSED = {
    "bronze-schedule-rule-far-future": ("Function.FutureTime", "its time 2126-01-08T02:00:00Z is more than a day after"),
    "bronze-schedule-scheduler-without-time": ("Function.EventRefused", "expected id and time such as 2026-01-08T02:00:00Z"),
    "bronze-continuation-missing": ("Function.MissingObject", "/0002.json failed: the event names it but it does not exist"),
    "bronze-run-other-source": ("Function.UnexpectedEvent", "it is about the source clickstream; expected the source wistia"),
    "bronze-s3-notification-of-a-commit": ("Function.UnexpectedKey", "expected a continuation of its own in s3://"),
    "bronze-unknown": ("Function.EventRefused", "expected id, time, source and perhaps full"),
    "silver-s3-notification-no-commit": (
        "Function.UnexpectedKey", "commits/wistia/latest.json: expected s3://medallion-bronze-"),
    "silver-s3-eventbridge-other-bucket": (
        "Function.UnexpectedKey", "s3://somebody-elses-bucket/commits/wistia/2026-01-08/20260108T020000Z-7d4f8c1e.json: expected"),
    "silver-reprocess-backwards": ("Function.EventRefused", "which are dates in this order"),
    "silver-reconcile-other-source": ("Function.UnexpectedEvent", "it is about the source clickstream; expected the source wistia"),
    "silver-unknown": ("Function.EventRefused", "expected id, time, source and perhaps full"),
    "gold-s3-notification-no-commit": (
        "Function.UnexpectedKey", "commits/wistia/latest.json: expected s3://medallion-silver-"),
    "gold-s3-eventbridge-other-bucket": (
        "Function.UnexpectedKey", "s3://somebody-elses-bucket/commits/wistia/2026-01-08/20260108T020000Z-7d4f8c1e.json: expected"),
    "gold-reprocess-backwards": ("Function.EventRefused", "which are dates in this order"),
    "gold-reconcile-other-source": ("Function.UnexpectedEvent", "it is about the source clickstream; expected the source wistia"),
    "gold-unknown": ("Function.EventRefused", "expected id, time, source and perhaps full"),
}


@pytest.fixture(scope="module")
def lake(zips: Path, sandbox_executable: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleLake]:
    with LocalCloud(tmp_path_factory.mktemp("invoke")) as cloud, SampleLake(cloud, zips, sandbox_executable) as lake:
        yield lake


def ask(lake: SampleLake, name: str) -> dict:
    layer = name.split("-")[0]
    payload = json.loads((EVENTS / f"{name}.json").read_text())
    lake.load(layer, payload)
    answer, _ = lake.call(layer, payload)
    return answer


def test_every_file_is_known():
    names = sorted(path.name for path in EVENTS.iterdir())
    assert names == sorted(f"{name}.json" for name in {**DONE, **REFUSED} | dict.fromkeys(DONE_WITH_OTHERS))


@pytest.mark.parametrize("name", DONE)
def test_it_is_done(lake: SampleLake, name: str):
    answer = ask(lake, name)
    assert [report["commit"] for report in answer["reports"]] == DONE[name]
    assert all(lake.has(name.split("-")[0], commit) for commit in DONE[name])


@pytest.mark.parametrize("name", sorted(DONE_WITH_OTHERS))
def test_it_does_what_is_there(lake: SampleLake, name: str):
    layer = name.split("-")[0]
    answer = ask(lake, name)
    commits = [report["commit"] for report in answer["reports"]]
    assert commits == sorted(commits)
    assert lake.has(layer, COMMIT)
    # Whatever was left to do, nothing is left now.
    if name.endswith("reconcile"):
        assert ask(lake, name)["reports"] == []
    else:
        assert COMMIT in commits


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(lake: SampleLake, name: str):
    before = lake.objects()
    answer = ask(lake, name)
    kind, message = REFUSED[name]
    assert (answer.get("errorType"), message in answer.get("errorMessage", ""), answer) == (kind, True, answer)
    assert "\n" not in answer["errorMessage"]
    assert {url for url in lake.objects() if f"medallion-{name.split('-')[0]}-" in url} <= set(before)


# The command


def invoke(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "invoke.py", *arguments], cwd=ROOT, env=os.environ | variables, text=True,
        capture_output=True, timeout=120)


def test_the_command_shows_log_objects_and_answer(zips: Path, sandbox_executable: Path):
    shown = invoke("silver", "events/silver-s3-notification.json")
    assert (shown.returncode, shown.stderr) == (0, "")
    for part in (f"{COMMIT} with what it lists, by bronze", "table=fact_visitors", "Written", "Answer", '"unchanged": 0'):
        assert part in shown.stdout


def test_the_command_ends_with_1_for_a_refused_event(zips: Path, sandbox_executable: Path):
    shown = invoke("gold", "events/gold-unknown.json")
    assert shown.returncode == 1
    assert "Error    Function.EventRefused\n  " in shown.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file or directory; name a file such as events/"), ("{", "it is not JSON: "), ("[]", "an event is a JSON object, not list")])
def test_the_command_refuses_a_file_that_is_no_event(tmp_path: Path, content: str | None, message: str):
    path = tmp_path / "event.json"
    if content is not None:
        path.write_text(content)
    shown = invoke("silver", str(path))
    assert shown.returncode == 2
    assert message in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "name a layer"), (["copper", "events/bronze-unknown.json"], "name a layer"), (["bronze"], "no event: no such file"),
     (["bronze", "events/none.json"], "events/none.json: no such file")])
def test_the_script_refuses_what_it_cannot_send(arguments: list[str], message: str):
    shown = subprocess.run([ROOT / "scripts" / "invoke.sh", *arguments], cwd=ROOT, text=True, capture_output=True, timeout=60)
    assert (shown.returncode, message in shown.stderr) == (2, True)


def test_it_asks_the_deployed_function(stack: Stack, day_one: object):
    credentials = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1",
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": stack.cloud.url}
    shown = invoke("silver", "events/silver-s3-notification.json", "--cloud", "--stack", stack.name, **credentials)
    # The stack's bucket has no such run; the sample's bucket is not named any more.
    assert shown.returncode == 1
    assert f"the sample's bronze bucket became {stack.bucket('bronze')}" in shown.stdout
    assert f"read s3://{stack.bucket('bronze')}/{COMMIT} failed" in shown.stdout
    shown = invoke("silver", "events/silver-reconcile.json", "--cloud", "--stack", stack.name, **credentials)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"Function {stack.function('silver')}, deployed" in shown.stdout
    assert '{"reports": []}' in shown.stdout
    shown = invoke("gold", "events/gold-reconcile.json", "--cloud", "--stack", "nowhere", **credentials)
    assert shown.returncode == 2
    assert "invoke gold of stack nowhere failed" in shown.stderr
