"""The local cloud, the pretend account and the deployed stack that the tests share.

The tests of a session share one stack and one story: day one, then day two. Tests compare snapshots of it, so that none
depends on another's order; those that write replay into emptied buckets and end where the story ended.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import empty_root  # noqa: E402
from local_cloud import LAYERS, LocalCloud, Sandbox, Stack, daily_event  # noqa: E402

DAY_ONE, DAY_TWO = "2026-01-08", "2026-01-09"
VISITORS, NEW, RETURNING = 1000, 24, 3
SECONDS_PER_LAYER = 120


@dataclass(frozen=True)
class Snapshot:
    """Everything in the three buckets, and how often the account was asked for what, after a day's run."""

    day: str
    commits: dict[str, dict[str, Any]]
    bodies: dict[str, dict[str, bytes]]
    requests: dict[str, int]

    def table(self, layer: str, name: str) -> pa.Table:
        """A table as pyarrow reads it: the day's partition, or the current state."""
        body = self.bodies[layer].get(f"wistia/{name}/extraction_date={self.day}/part-0.parquet")
        return pq.read_table(io.BytesIO(body or self.bodies[layer][f"wistia/{name}/part-0.parquet"]))

    def rows(self, layer: str, name: str, key: str) -> dict[Any, dict[str, Any]]:
        """A table's rows by the value of a key column."""
        return {row[key]: row for row in self.table(layer, name).to_pylist()}


def built(path: Path, how: str) -> Path:
    """A build product; without it a test does not run, and on CI it fails."""
    if not path.exists():
        message = f"{path.relative_to(ROOT)} is not there; run {how}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def empty_roots() -> None:
    """Mount namespaces; a machine that permits none does not run a test that asks for them, and fails it on CI."""
    if not empty_root.is_possible():
        message = "no right to make a mount namespace; run as root or allow user namespaces"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="session")
def zips() -> Path:
    for layer in LAYERS:
        built(ROOT / "dist" / f"{layer}.zip", "scripts/build.sh")
    return ROOT / "dist"


@pytest.fixture(scope="session")
def sandbox_executable() -> Path:
    return built(ROOT / ".build" / "debug" / "wistia-sandbox", "swift build --product wistia-sandbox")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("cloud"), auth=True) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def sandbox(sandbox_executable: Path) -> Iterator[Sandbox]:
    with Sandbox(sandbox_executable, visitors=VISITORS, date=DAY_ONE, new=NEW, returning=RETURNING,
                 identified_percent=10) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def stack(cloud: LocalCloud, sandbox: Sandbox, zips: Path) -> Stack:
    stack = Stack(cloud)
    assert stack.deploy(zips, WistiaBaseUrl=sandbox.url, WistiaRequestsPerMinute=600) == "created"
    stack.set_token(Sandbox.TOKEN)
    return stack


def run(stack: Stack, sandbox: Sandbox, day: str, bronze_seconds: float = SECONDS_PER_LAYER) -> Snapshot:
    """Lets the day's scheduled event go through all layers."""
    before = sandbox.state()["requests"]
    stack.send("bronze", daily_event(day))
    seconds = dict.fromkeys(LAYERS, SECONDS_PER_LAYER) | {"bronze": bronze_seconds}
    commits = {layer: stack.wait_for_commit(layer, day, seconds[layer]) for layer in LAYERS}
    after = sandbox.state()["requests"]
    return Snapshot(
        day, commits, {layer: stack.bodies(layer) for layer in LAYERS},
        {route: count - before.get(route, 0) for route, count in after.items()})


@pytest.fixture(scope="session")
def day_one(stack: Stack, sandbox: Sandbox) -> Snapshot:
    return run(stack, sandbox, DAY_ONE)


@pytest.fixture(scope="session")
def day_two(stack: Stack, sandbox: Sandbox, day_one: Snapshot) -> Snapshot:
    sandbox.turn_to_day(2)
    return run(stack, sandbox, DAY_TWO)
