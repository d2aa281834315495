"""Two days during which S3 and the API fail at every tenth request and functions die at their work, against two good days.

What a day leaves must be the same. Lambda's part is played by the local cloud, which tries an event three times, and by this
test where Lambda's own patience ends: the first day's lost events are sent again from the failure queue, as their owner would,
and the second day's are left to the reconciliation.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import DAY_ONE, DAY_TWO, NEW, RETURNING
from fault_proxy import SLOW_DOWN, UNAVAILABLE, FaultProxy, Faults, Killer
from local_cloud import LAYERS, LocalCloud, LocalCloudError, Sandbox, Stack, daily_event, event

SEED = int(os.environ.get("MEDALLION_FAULTS_SEED", "1"))
VISITORS = 15_000
# What tells when an answer came, and not what it said.
NOT_COMPARED = ("ingested_at", "snapshot_ts")
FAULTS = [field.name for field in fields(Faults) if field.type == "float"]
SECONDS_PER_DAY = 240
# Bronze hands over 45 s before its deadline, so this leaves it 5 s.
BRONZE_TIMEOUT_SECONDS = 50
# One 503 in ten makes bronze go down to an eighth of this, at which the 150 pages need 12 s and some continuations.
REQUESTS_PER_MINUTE = 6000
# Longer than a client or the cloud waits before it tries again.
QUIET_SECONDS = 5
# How often the daily event comes, at the same time.
DELIVERIES = {DAY_ONE: 1, DAY_TWO: 2}
# Kills by day and layer, and after how many further requests each of them comes.
KILLS = {
    DAY_ONE: {"bronze": (6, (10, 60)), "silver": (4, (1, 15)), "gold": (4, (1, 20))},
    DAY_TWO: {"bronze": (3, (1, 15)), "silver": (4, (1, 15)), "gold": (4, (1, 20))},
}


@dataclass(frozen=True)
class Lake:
    """The objects of the three buckets."""

    bodies: dict[str, dict[str, bytes]]

    def commit(self, layer: str, day: str) -> dict[str, Any]:
        """A layer's one commit of a day."""
        (body,) = (body for key, body in self.bodies[layer].items() if key.startswith(f"commits/wistia/{day}/"))
        return json.loads(body)

    def tables(self, layer: str) -> dict[str, pa.Table]:
        """The Parquet files of a layer without the columns that are not compared."""
        found = {}
        for key, body in self.bodies[layer].items():
            if key.endswith(".parquet"):
                table = pq.read_table(io.BytesIO(body))
                found[key] = table.drop_columns([name for name in NOT_COMPARED if name in table.column_names])
        return found


class Account:
    """A stack of its own and its pretend account, which begins on day one."""

    def __init__(self, running: ExitStack, folder: Path, sandbox_executable: Path, zips: Path):
        self.cloud = running.enter_context(LocalCloud(folder, auth=True, retry_seconds=0.2))
        self.sandbox = running.enter_context(Sandbox(
            sandbox_executable, visitors=VISITORS, media=4, date=DAY_ONE, new=NEW, returning=RETURNING,
            identified_percent=10, latency="seed001", latency_scale=0.05))
        self.stack = Stack(self.cloud)
        self.stack.deploy(zips, WistiaBaseUrl=self.sandbox.url, BronzeTimeoutSeconds=60)
        self.stack.set_token(Sandbox.TOKEN)
        # One key for both accounts, so that they make the same pseudonyms.
        self.cloud.client("secretsmanager").put_secret_value(
            SecretId=self.stack.outputs["PiiKeySecretArn"], SecretString=json.dumps({"pii_key": "not-a-key-" * 6 + "...."}))
        self.configure("bronze", timeout_seconds=BRONZE_TIMEOUT_SECONDS, WISTIA_REQUESTS_PER_MINUTE=str(REQUESTS_PER_MINUTE))

    def configure(self, layer: str, timeout_seconds: int | None = None, **variables: str) -> None:
        """Changes a function's environment and its time limit."""
        client = self.cloud.client("lambda")
        now = client.get_function_configuration(FunctionName=self.stack.function(layer))
        client.update_function_configuration(
            FunctionName=self.stack.function(layer), Timeout=timeout_seconds or now["Timeout"],
            Environment={"Variables": now["Environment"]["Variables"] | variables})
        client.get_waiter("function_updated_v2").wait(
            FunctionName=self.stack.function(layer), WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})

    def lake(self) -> Lake:
        return Lake({layer: self.stack.bodies(layer) for layer in LAYERS})


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, sandbox_executable: Path, zips: Path) -> Iterator[dict[str, Lake]]:
    """What each day leaves when nothing goes wrong."""
    with ExitStack() as running:
        account = Account(running, tmp_path_factory.mktemp("undisturbed"), sandbox_executable, zips)
        lakes = {}
        for number, day in enumerate((DAY_ONE, DAY_TWO), 1):
            account.sandbox.turn_to_day(number)
            account.stack.send("bronze", daily_event(day))
            for layer in LAYERS:
                account.stack.wait_for_commit(layer, day, SECONDS_PER_DAY)
            lakes[day] = account.lake()
        assert account.stack.failures() == []
    return lakes


@dataclass(frozen=True)
class Disturbed:
    """What each day leaves in spite of everything, and what there was."""

    lakes: dict[str, Lake]
    killer: Killer
    struck: dict[str, Counter[str]]
    """Requests by proxy and by what happened to them."""
    died: Counter[str]
    """Invocations that the cloud saw end with their process, by layer."""
    errors: list[str]
    """What functions gave as their last word on events they failed at three times."""


class Disturber:
    """Leads an account through a day of faults."""

    def __init__(self, account: Account, proxies: list[FaultProxy], killer: Killer):
        self.account = account
        self.stack = account.stack
        self.proxies = proxies
        self.killer = killer
        self.errors: list[str] = []

    def run(self, day: str, number: int) -> Lake:
        """Lets the day's event go through all layers, as often as it takes, and waits until nothing moves any more."""
        self.account.sandbox.turn_to_day(number)
        for layer, (kills, gap) in KILLS[day].items():
            self.killer.grant(layer, kills, gap)
        for _ in range(DELIVERIES[day]):
            self.stack.send("bronze", daily_event(day))
        started = time.monotonic()
        deadline = started + SECONDS_PER_DAY
        while True:
            moved = max(started, *(proxy.last_request for proxy in self.proxies))
            is_quiet = time.monotonic() - moved > QUIET_SECONDS
            if not self.heal(day, is_quiet) and is_quiet:
                return self.account.lake()
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"{day} came to no rest within {SECONDS_PER_DAY} s: kills left {self.killer.left}, errors {self.errors}")
            # That nothing moves any more is told by no event: it has to be looked at again.
            time.sleep(0.2)

    def heal(self, day: str, is_quiet: bool) -> bool:
        """Does what Lambda, an owner or the schedule would do next; whether there was anything to do."""
        failed = self.stack.failed_events()
        for function, record in failed:
            self.errors.append(f"{function}: {json.dumps(record['responsePayload'])}")
            if day == DAY_ONE or function == self.stack.function("bronze"):
                self.stack.send(function.rsplit("-", 1)[-1], record["requestPayload"])
        if failed or not is_quiet:
            return bool(failed)
        for layer in LAYERS:
            has_kills = self.killer.left.get(layer, 0) > 0
            if not self.stack.find_commit(layer, day):
                # Nothing is under way any more, so this day's event has been given up.
                self.stack.send(layer, daily_event(day) if layer == "bronze" else event(f"{layer}-reconcile"))
                return True
            if has_kills:
                # Events come at least once: there may always be another one.
                again = daily_event(day) if layer == "bronze" else self.again(layer, day)
                self.stack.send(layer, again)
                return True
        return False

    def again(self, layer: str, day: str) -> dict:
        source = LAYERS[LAYERS.index(layer) - 1]
        (key,) = self.stack.commits(source, day)
        return self.stack.notification(source, key)


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory, sandbox_executable: Path, zips: Path) -> Disturbed:
    with ExitStack() as running:
        account = Account(running, tmp_path_factory.mktemp("disturbed"), sandbox_executable, zips)
        killer = Killer(account.cloud.function_process, SEED)
        proxies = {}
        for layer in LAYERS:
            proxies[f"{layer} s3"] = running.enter_context(
                FaultProxy(f"{layer} s3", account.cloud.url, layer, Faults(), SEED, killer, SLOW_DOWN))
            account.configure(layer, AWS_ENDPOINT_URL_S3=proxies[f"{layer} s3"].url)
        proxies["wistia"] = running.enter_context(
            FaultProxy("wistia", account.sandbox.url, "bronze", Faults(), SEED, killer, UNAVAILABLE))
        account.configure("bronze", WISTIA_BASE_URL=proxies["wistia"].url)

        disturber = Disturber(account, list(proxies.values()), killer)
        lakes = {day: disturber.run(day, number) for number, day in enumerate((DAY_ONE, DAY_TWO), 1)}
        log = account.cloud.log.read_text()
        died = Counter({layer: log.count(f"Lambda {account.stack.function(layer)}: Runtime exited before returning")
                        for layer in LAYERS})
    found = Disturbed(lakes, killer, {name: proxy.struck for name, proxy in proxies.items()}, died, disturber.errors)
    print(f"\nkills {dict(found.killer.killed)} {dict(found.killer.moments)}, invocations that died {dict(died)}")
    for name, struck in found.struck.items():
        print(f"{name}: {sum(struck.values())} requests, {({kind: struck[kind] for kind in FAULTS})}")
    for day, lake in lakes.items():
        keys = Counter("/".join(key.split("/")[:3]) for key in lake.bodies["bronze"] if day in key or "continuations" in key)
        print(f"{day}: {dict(keys)}")
    for error in found.errors:
        print(f"given up at first: {error}")
    return found


def test_faults_and_kills_struck(disturbed: Disturbed):
    requests = sum(sum(struck.values()) for struck in disturbed.struck.values())
    assert sum(struck["busy"] for struck in disturbed.struck.values()) >= 0.07 * requests
    for name, struck in disturbed.struck.items():
        assert struck["busy"] >= 3, name
    for fault in FAULTS:
        assert sum(struck[fault] for struck in disturbed.struck.values()) >= 3, fault
    assert sum(disturbed.killer.killed.values()) >= 20
    for layer in LAYERS:
        assert disturbed.died[layer] >= 3, layer
    assert len(disturbed.killer.moments) == 4


@pytest.mark.parametrize("day", [DAY_ONE, DAY_TWO])
@pytest.mark.parametrize("layer", ["silver", "gold"])
def test_each_table_is_that_of_an_undisturbed_run(undisturbed: dict[str, Lake], disturbed: Disturbed, layer: str, day: str):
    expected, actual = undisturbed[day].tables(layer), disturbed.lakes[day].tables(layer)
    assert disturbed.lakes[day].bodies[layer].keys() == undisturbed[day].bodies[layer].keys()
    assert len(expected) >= 4
    for key, table in expected.items():
        assert actual[key].schema == table.schema, key
        rows = actual[key].num_rows
        assert (key, rows) == (key, table.num_rows)
        differing = [name for name in table.column_names if not actual[key][name].equals(table[name])]
        assert (key, differing) == (key, [])


@pytest.mark.parametrize("day", [DAY_ONE, DAY_TWO])
def test_every_ledger_adds_up(disturbed: Disturbed, day: str):
    for layer in LAYERS:
        for name, row in disturbed.lakes[day].commit(layer, day)["ledger"].items():
            if layer == "bronze":
                assert row["rows_answered"] == row["rows_in_parts"], name
            else:
                assert row["read"] == row["accepted"] + row["duplicate"], (layer, name)


def test_the_first_crawl_took_several_invocations_and_went_on_from_parts(disturbed: Disturbed):
    bodies = disturbed.lakes[DAY_ONE].bodies["bronze"]
    assert any(key.startswith("continuations/wistia/") for key in bodies)
    assert sum(key.startswith("raw/wistia/visitors/") for key in bodies) >= 3


def test_every_visitor_is_there_once(disturbed: Disturbed):
    for day, count in ((DAY_ONE, VISITORS), (DAY_TWO, VISITORS + NEW)):
        keys = disturbed.lakes[day].tables("silver")["wistia/fact_visitors/part-0.parquet"]["visitor_key"].to_pylist()
        assert (len(keys), len(set(keys))) == (count, count)
