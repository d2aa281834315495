"""Every file in events/ goes to its layer's real bootstrap, as scripts/invoke.sh sends it."""

import datetime
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT
from invoke import error_of, renewed
from local_cloud import LocalCloud, LocalCloudError, Sandbox, Stack
from sample_lake import SampleLake, bucket

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
DONE_WITH_OTHERS = {
    "silver-reprocess", "silver-reprocess-quarantined", "gold-reprocess", "silver-reconcile", "gold-reconcile",
    "silver-schedule-rule", "gold-schedule-rule"}

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
    if name.endswith("reprocess"):
        assert COMMIT in commits
    elif name.endswith("quarantined"):
        # Nothing was quarantined, and whatever had no answer has one now.
        assert ask(lake, name)["reports"] == []
    else:
        # Whatever was left to do, nothing is left now.
        assert ask(lake, name)["reports"] == []


@pytest.mark.parametrize("kind", ["reconcile", "schedule-rule"])
def test_a_schedule_and_a_reconcile_do_what_no_notification_told_of(
        zips: Path, sandbox_executable: Path, tmp_path: Path, kind: str):
    with LocalCloud(tmp_path) as cloud, SampleLake(cloud, zips, sandbox_executable) as lake:
        for layer in ("silver", "gold"):
            assert [report["commit"] for report in ask(lake, f"{layer}-{kind}")["reports"]] == [COMMIT]
            assert lake.has(layer, COMMIT)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(lake: SampleLake, name: str):
    before = lake.objects()
    answer = ask(lake, name)
    kind, message = REFUSED[name]
    assert (answer.get("errorType"), message in answer.get("errorMessage", ""), answer) == (kind, True, answer)
    assert "\n" not in answer["errorMessage"]
    assert {url for url in lake.objects() if f"medallion-{name.split('-')[0]}-" in url} <= set(before)


def test_a_continuation_of_a_run_that_is_committed_changes_nothing(lake: SampleLake):
    ask(lake, "bronze-continuation")
    before = lake.objects()
    assert [report["outcome"] for report in ask(lake, "bronze-continuation")["reports"]] == ["already_committed"]
    assert lake.objects() == before


def record(key: object, layer: str = "bronze") -> dict:
    return {"eventSource": "aws:s3", "eventVersion": "2.1", "eventName": "ObjectCreated:Put", "eventTime": "2026-01-08T02:01:30Z",
            "s3": {"bucket": {"name": bucket(layer)}, "object": {"key": key}}}


@pytest.mark.parametrize(
    ("payload", "message"),
    [({"Records": None}, "at least one record in Records"),
     ({"Records": ["text"]}, "records whose eventSource is aws:s3"),
     ({"Records": [{"eventSource": "aws:s3"}]}, "records whose eventVersion is 2.x"),
     ({"Records": [record(5)]}, "records with s3.bucket.name, s3.object.key and eventTime"),
     ({"detail-type": "Object Created", "source": "aws.s3", "id": "x", "time": "2026-01-08T02:00:00Z"}, "detail.bucket.name"),
     ({"Records": [record("commits/wistia/2026-13-99/20261399T990000Z-7d4f8c1e.json")]}, "/commits/<source>/<date>/<run id>.json"),
     ({"Records": [record(COMMIT, layer="silver")]}, f"expected s3://{bucket('bronze')}/commits/")])
def test_what_is_wrong_with_an_event_is_the_functions_to_say(lake: SampleLake, payload: dict, message: str):
    assert lake.load("silver", payload) == []
    answer, _ = lake.call("silver", payload)
    assert message in answer["errorMessage"]


def test_calls_at_once_take_turns(lake: SampleLake):
    payload = json.loads((EVENTS / "silver-s3-test-event.json").read_text())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: lake.call("silver", payload)[0], range(8)))
    assert answers == [{"reports": []}] * 8


@pytest.mark.parametrize(
    ("answer", "function_error", "error"),
    [({"reports": []}, None, None), ({"errorType": "A", "errorMessage": "b"}, "Unhandled", ("A", "b")),
     ({"errorType": "A", "errorMessage": "b"}, None, ("A", "b")),
     ({"errorMessage": "Task timed out after 3.00 seconds"}, "Unhandled", ("Unhandled", "Task timed out after 3.00 seconds")),
     (None, "Unhandled", ("Unhandled", "null")), ([], None, None)])
def test_an_error_is_told_from_an_answer(answer: object, function_error: str | None, error: tuple[str, str] | None):
    assert error_of(answer, function_error) == error


def test_a_renewed_event_is_another_run_of_today():
    payload = json.loads((EVENTS / "bronze-full-run.json").read_text())
    first, second = renewed(payload), renewed(payload)
    assert len({payload["id"], first["id"], second["id"]}) == 3
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(first["time"])
    assert datetime.timedelta(0) <= age < datetime.timedelta(minutes=1)
    assert (first["source"], first["full"]) == ("wistia", True)
    with pytest.raises(LocalCloudError, match="--now replaces an event's id and time; this one has none"):
        renewed(json.loads((EVENTS / "silver-s3-notification.json").read_text()))


def test_an_account_that_ends_at_once_is_named_as_that():
    with pytest.raises(LocalCloudError, match="start /bin/false failed: it ended with exit status 1"):
        Sandbox(Path("/bin/false")).start()


# The command


def invoke(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "invoke.py", *arguments], cwd=ROOT, env=os.environ | variables, text=True,
        capture_output=True, timeout=120)


def test_the_command_shows_log_objects_and_answer(zips: Path, sandbox_executable: Path, tmp_path: Path):
    def once(*options: str) -> str:
        shown = invoke("silver", "events/silver-s3-notification.json", "--home", str(tmp_path / "home"), *options)
        assert (shown.returncode, shown.stderr) == (0, "")
        return shown.stdout

    first = once()
    for part in (", empty\n", f"{COMMIT} with what it lists, by bronze", "table=fact_visitors", "Written", "part-0.parquet", "Answer"):
        assert part in first
    # What the first call made is there; the same event changes no table.
    second = once()
    assert "as the last call left it" in second and '"outcome": "unchanged"' in second
    assert "Loaded" not in second and "part-0.parquet" not in second
    assert ", empty\n" in (third := once("--reset")) and "part-0.parquet" in third


def test_the_command_ends_with_1_for_a_refused_event(zips: Path, sandbox_executable: Path, tmp_path: Path):
    shown = invoke("gold", "events/gold-unknown.json", "--home", str(tmp_path))
    assert shown.returncode == 1
    assert "Error    Function.EventRefused\n  " in shown.stdout


def test_the_command_leaves_a_cloud_that_is_in_use_alone(tmp_path: Path):
    home = tmp_path / "home"
    (home / "objects").mkdir(parents=True)
    with (tmp_path / "home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shown = invoke("gold", "events/gold-unknown.json", "--home", str(home), "--reset")
    assert (shown.returncode, "another call uses" in shown.stderr) == (2, True)
    assert (home / "objects").exists()


@pytest.mark.parametrize(
    ("options", "message"), [(["--cloud", "--reset"], "never the deployed stack"), (["--stack", "lake"], "it needs --cloud")])
def test_the_command_refuses_options_that_contradict(options: list[str], message: str):
    shown = invoke("gold", "events/gold-unknown.json", *options)
    assert (shown.returncode, message in shown.stderr) == (2, True)


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
    [([], "name a layer"), (["copper", "events/bronze-unknown.json"], "name a layer"), (["bronze"], "name an event, such as events/bronze-"),
     (["bronze", "events/none.json"], "events/none.json: no such file"), (["bronze", "events"], "events: no such file"),
     (["--dry-run", "bronze", "events/bronze-unknown.json"], "unknown option --dry-run"),
     (["bronze", "events/bronze-unknown.json", "events/bronze-full-run.json"], "one event at a time"),
     (["bronze", "events/bronze-unknown.json", "--stack"], "--stack takes a name")])
def test_the_script_refuses_what_it_cannot_send(arguments: list[str], message: str):
    shown = subprocess.run([ROOT / "scripts" / "invoke.sh", *arguments], cwd=ROOT, text=True, capture_output=True, timeout=60)
    assert (shown.returncode, message in shown.stderr) == (2, True)


def test_the_script_says_how_it_is_used():
    shown = subprocess.run([ROOT / "scripts" / "invoke.sh", "silver", "--help"], text=True, capture_output=True, timeout=60)
    assert (shown.returncode, shown.stderr) == (0, "")
    for option in ("LAYER EVENT.json", "--now", "--reset", "--cloud", "--stack NAME"):
        assert option in shown.stdout


def test_it_asks_the_deployed_function(stack: Stack, day_one: object):
    credentials = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1",
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": stack.cloud.url}
    shown = invoke("silver", "events/silver-s3-notification.json", "--cloud", "--stack", stack.name, **credentials)
    # The stack's bucket has no such run; the sample's bucket is not named any more.
    assert shown.returncode == 1
    assert f"the sample's bronze bucket became {stack.bucket('bronze')}" in shown.stdout
    assert f"read s3://{stack.bucket('bronze')}/{COMMIT} failed" in shown.stdout
    shown = invoke("silver", "events/silver-reconcile.json", "--now", "--cloud", "--stack", stack.name, **credentials)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Event    id " in shown.stdout
    assert f"Function {stack.function('silver')}, deployed" in shown.stdout
    assert '{"reports": []}' in shown.stdout
    shown = invoke("gold", "events/gold-reconcile.json", "--cloud", "--stack", "nowhere", **credentials)
    assert shown.returncode == 2
    assert "invoke gold of stack nowhere failed" in shown.stderr
