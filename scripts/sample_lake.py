"""A small lake in the local cloud without the deployed stack: three buckets, two secrets, the pretend account, and each
layer's bootstrap under AWS's Runtime Interface Emulator.

It can make the objects that a sample event names: a run's id says when its event was sent and how that event's id begins, so the
layers before the one that is asked can do that very run.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import tempfile
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

import botocore.exceptions
from emulator import Emulator
from local_cloud import LAYERS, REGION, ROOT, LocalCloud, LocalCloudError, Sandbox, StoredObject, event

# The account of the samples' bucket names.
ACCOUNT = "123456789012"
FIRST_DAY = datetime.date(2026, 1, 8)
TOKEN_SECRET, KEY_SECRET = "medallion-token", "medallion-key"
# The run that reprocess, reconcile and a schedule find: the one that bronze-schedule-rule.json starts.
SAMPLE_COMMIT = "commits/wistia/2026-01-08/20260108T020000Z-7d4f8c1e.json"
COMMIT = re.compile(r"commits/wistia/(\d{4})-(\d\d)-(\d\d)/(?P<run>\1\2\3T\d{6}Z-[0-9a-f]{8})\.json")
CONTINUATION = re.compile(r"continuations/wistia/(?P<run>\d{8}T\d{6}Z-[0-9a-f]{8})/0002\.json")
# An invocation that begins this short before its deadline leaves everything to the next one.
NO_TIME_SECONDS = 40
AMPLE_SECONDS = 300


def bucket(layer: str) -> str:
    return f"medallion-{layer}-{ACCOUNT}-{REGION}"


class SampleLake:
    """The buckets and the functions around them; a context manager that stops what it started."""

    def __init__(self, cloud: LocalCloud, zips: Path, sandbox_executable: Path, visitors: int = 300):
        self.cloud = cloud
        self.zips = zips
        self._sandbox_executable = sandbox_executable
        self._visitors = visitors
        self._running = contextlib.ExitStack()
        self._emulators: dict[tuple[str, int], Emulator] = {}
        self._sandbox: Sandbox | None = None
        self._s3 = cloud.client("s3")

    def __enter__(self) -> SampleLake:
        for layer in LAYERS:
            self._s3.create_bucket(Bucket=bucket(layer))
            self._s3.put_bucket_versioning(Bucket=bucket(layer), VersioningConfiguration={"Status": "Enabled"})
        secrets = self.cloud.client("secretsmanager")
        for name, value in ((TOKEN_SECRET, {"api_token": Sandbox.TOKEN}), (KEY_SECRET, {"pii_key": "sample-key-" * 4})):
            # A cloud that was used before has it.
            with contextlib.suppress(secrets.exceptions.ResourceExistsException):
                secrets.create_secret(Name=name, SecretString=json.dumps(value))
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    # The functions

    def call(self, layer: str, payload: dict[str, Any], timeout_seconds: int = AMPLE_SECONDS) -> tuple[Any, list[str]]:
        """What a layer's bootstrap answers to an event, and what it logs meanwhile."""
        emulator = self._emulators.get((layer, timeout_seconds)) or self._start(layer, timeout_seconds)
        logged = emulator.log.stat().st_size
        answer = emulator.call(json.dumps(payload).encode())
        with emulator.log.open("rb") as log:
            log.seek(logged)
            lines = log.read().decode(errors="replace").splitlines()
        try:
            return json.loads(answer), lines
        except ValueError:
            # The emulator's own words, where Lambda would answer JSON.
            if answer.startswith("Task timed out"):
                return {"errorType": "Sandbox.Timedout", "errorMessage": answer}, lines
            return {"errorType": "Runtime.NoAnswer", "errorMessage": answer or "the process ended without an answer; its log says more"}, lines

    def _start(self, layer: str, timeout_seconds: int) -> Emulator:
        folder = Path(self._running.enter_context(tempfile.TemporaryDirectory()))
        with zipfile.ZipFile(self.zips / f"{layer}.zip") as archive:
            archive.extract("bootstrap", folder)
        (folder / "bootstrap").chmod(0o755)
        emulator = Emulator(folder / "bootstrap", folder, self._variables(layer), timeout_seconds)
        self._running.callback(emulator.stop)
        self._emulators[layer, timeout_seconds] = emulator
        return emulator

    def _variables(self, layer: str) -> dict[str, str]:
        """What the template gives to the function, and the addresses of this machine."""
        variables = {
            "bronze": {"BRONZE_BUCKET": bucket("bronze"), "WISTIA_SECRET_ID": TOKEN_SECRET, "WISTIA_BASE_URL": self._account()},
            "silver": {"BRONZE_BUCKET": bucket("bronze"), "SILVER_BUCKET": bucket("silver"), "PII_KEY_SECRET_ID": KEY_SECRET},
            "gold": {"SILVER_BUCKET": bucket("silver"), "GOLD_BUCKET": bucket("gold")},
        }[layer]
        return variables | {"SOURCES": "wistia", "AWS_ENDPOINT_URL": self.cloud.url}

    def _account(self) -> str:
        if self._sandbox is None:
            self._sandbox = self._running.enter_context(Sandbox(
                self._sandbox_executable, seed=1, visitors=self._visitors, date=FIRST_DAY, new=24, returning=3))
        return self._sandbox.url

    # The objects

    def has(self, layer: str, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=bucket(layer), Key=key)
        except botocore.exceptions.ClientError:
            return False
        return True

    def objects(self) -> dict[str, StoredObject]:
        """Every object in its current version, by its URL."""
        return {f"s3://{bucket(layer)}/{found['Key']}":
                StoredObject(found["Key"], found["VersionId"], found["ETag"], found["Size"], found["IsLatest"])
                for layer in LAYERS
                for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket(layer))
                for found in page.get("Versions", []) if found["IsLatest"]}

    def load(self, layer: str, payload: dict[str, Any]) -> list[str]:
        """Makes the objects that an event of a layer names and that a run can make; returns what was done, line by line."""
        # Bronze reads its own continuations, each other layer the commits of the one before.
        source = LAYERS[max(0, LAYERS.index(layer) - 1)]
        pattern = CONTINUATION if layer == "bronze" else COMMIT
        keys = [key for name, key in named_objects(payload) if name == bucket(source)]
        # These name no commit and do what is there.
        if layer != "bronze" and ("reprocess" in payload or "reconcile" in payload
                                  or payload.get("detail-type") == "Scheduled Event"):
            keys.append(SAMPLE_COMMIT)
        done = []
        for key in keys:
            run = pattern.fullmatch(key)
            # Of the sample that is to be missing, and of a day that is none, nothing is made.
            if run is None or run["run"].endswith("-00000000") or time_of(run["run"]) is None or self.has(source, key):
                continue
            if layer == "bronze":
                self._run("bronze", self._schedule(run["run"]), NO_TIME_SECONDS)
                how = "by bronze out of time"
            else:
                self._make_commit(source, key, run["run"])
                how = f"with what it lists, by {' and '.join(LAYERS[:LAYERS.index(layer)])}"
            if not self.has(source, key):
                raise LocalCloudError(f"make sample objects failed: s3://{bucket(source)}/{key} is not there; "
                                      "start over with --reset, a run that is committed is not continued")
            done.append(f"s3://{bucket(source)}/{key} {how}")
        return done

    def _make_commit(self, layer: str, key: str, run_id: str) -> None:
        if not self.has("bronze", key):
            self._run("bronze", self._schedule(run_id))
        if layer == "silver":
            self._run("silver", notification("bronze", key))

    def _schedule(self, run_id: str) -> dict[str, Any]:
        """The scheduled event that starts a run, on the account's day of it."""
        time = time_of(run_id)
        self._account()
        self._sandbox.turn_to_day(max(1, (time.date() - FIRST_DAY).days + 1))
        return event("bronze-schedule-rule", id=f"{run_id[-8:]}-0000-4000-8000-000000000000", time=f"{time.isoformat()}Z")

    def _run(self, layer: str, payload: dict[str, Any], timeout_seconds: int = AMPLE_SECONDS) -> None:
        answer, lines = self.call(layer, payload, timeout_seconds)
        if "errorType" in answer:
            raise LocalCloudError(f"make sample objects failed: {layer}: {answer['errorMessage']}\n" + "\n".join(lines))


def time_of(run_id: str) -> datetime.datetime | None:
    """When a run's event was sent; None for a time that is none."""
    try:
        return datetime.datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ")
    except ValueError:
        return None


def notification(layer: str, key: str) -> dict[str, Any]:
    """S3's notification of an object in a layer's bucket."""
    event_ = event("silver-s3-notification")
    event_["Records"][0]["s3"]["bucket"] |= {"name": bucket(layer), "arn": f"arn:aws:s3:::{bucket(layer)}"}
    event_["Records"][0]["s3"]["object"]["key"] = urllib.parse.quote_plus(key, safe="/")
    return event_


def named_objects(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Bucket and key of each object that an event names, as S3 and EventBridge encode them.

    Nothing for an event without the fields: to say what is wrong with it is the function's part.
    """
    try:
        if payload.get("detail-type") == "Object Created":
            named = [(payload["detail"]["bucket"]["name"], payload["detail"]["object"]["key"])]
        else:
            named = [(record["s3"]["bucket"]["name"], urllib.parse.unquote_plus(record["s3"]["object"]["key"]))
                     for record in payload.get("Records", [])]
    except (AttributeError, KeyError, TypeError):
        return []
    return [(name, key) for name, key in named if isinstance(key, str)]


def sandbox_executable() -> Path:
    """The pretend account as it was built last."""
    built = [path for kind in ("release", "debug") if (path := ROOT / ".build" / kind / "wistia-sandbox").exists()]
    if not built:
        raise LocalCloudError("the pretend account is not built; run swift build --product wistia-sandbox")
    return max(built, key=lambda path: path.stat().st_mtime)
