"""Runs the pipeline for one day in the local cloud and prints the answers; started by scripts/run.sh.

Each call plays the next day of the pretend account, so that the second one is an incremental run. With WISTIA_API_TOKEN
set it reads the real account of today instead.
"""

from __future__ import annotations

import argparse
import datetime
import fcntl
import os
import re
import shutil
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import local_cloud
from local_cloud import LAYERS, ROOT, LocalCloud, LocalCloudError, Sandbox, Stack

FIRST_DAY = datetime.date(2026, 1, 8)
# What to show first; other tables follow by name.
TABLE_ORDER = ("kpi_daily", "fact_media_performance", "top_media_by_engagement", "bottom_media_by_drop_off")
ROWS_SHOWN = 10
WIDE_ROWS_SHOWN = 3
# A table that is wider stands on its side.
LINE_WIDTH = 120


def main() -> None:
    options = parse_options()
    # A real account's data and keys are nobody else's business.
    os.umask(0o077)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda received, _: sys.exit(128 + received))
    # Taken out of the environment, so that no process started here can have it.
    token = os.environ.pop("WISTIA_API_TOKEN", "")
    home = ROOT / ".local" / ("wistia" if token else "sandbox")
    if options.reset:
        shutil.rmtree(home, ignore_errors=True)
        print(f"Forgot {home.relative_to(ROOT)}")
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another run uses {home.relative_to(ROOT)}; wait for it to end")

    with ExitStack() as running:
        if token:
            day = datetime.datetime.now(datetime.timezone.utc).date()
            source = {"WistiaMediaIds": os.environ.get("WISTIA_MEDIA_IDS", "")}
            print(f"Account: yours, at https://api.wistia.com, {day}")
        else:
            number = next_day(home)
            day = FIRST_DAY + datetime.timedelta(days=number - 1)
            sandbox = running.enter_context(Sandbox(
                ROOT / ".build" / "release" / "wistia-sandbox", seed=1, visitors=options.visitors, date=FIRST_DAY,
                day=number, new=24, returning=3))
            source = {"WistiaBaseUrl": sandbox.url}
            print(f"Account: a pretend one at {sandbox.url}, day {number} ({day})")

        cloud = running.enter_context(LocalCloud(home / "cloud", auth=True))
        stack = Stack(cloud)
        started = time.monotonic()
        outcome = stack.deploy(ROOT / "dist", **source)
        running.callback(stack.forget_token)
        stack.set_token(token or Sandbox.TOKEN)
        print(f"Cloud:   {cloud.url}, stack {stack.name} {outcome} in {time.monotonic() - started:.1f} s, resources read back")
        link_buckets(home, stack)

        print(f"\nRun of {day}")
        commits = run_day(stack, str(day), bronze_seconds=4 * 3600 if token else 600)
        if not token:
            (home / "day").write_text(f"{number}\n")
        print_tables(home / "gold" / "wistia", str(day))
        print_ledgers(commits)
        print_storage(stack)
    print_where(home)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("--reset", action="store_true", help="start over: forget the local cloud and its data")
    parser.add_argument("--visitors", type=int, default=1000, help="visitors of the pretend account on day 1")
    return parser.parse_args()


def next_day(home: Path) -> int:
    """The day to play: 1, or the one after the last that went through."""
    last = home / "day"
    return int(last.read_text()) + 1 if last.exists() else 1


def link_buckets(home: Path, stack: Stack) -> None:
    """Makes `bronze`, `silver` and `gold` short names of the folders that hold the buckets' objects."""
    for layer in LAYERS:
        link = home / layer
        link.unlink(missing_ok=True)
        link.symlink_to(stack.cloud.bucket_folder(stack.bucket(layer)).relative_to(home.resolve()))


def run_day(stack: Stack, day: str, bronze_seconds: float) -> dict[str, dict[str, Any]]:
    """Sends the daily event, follows it through the layers and returns each layer's commit."""
    event = local_cloud.daily_event(day)
    if known := stack.find_commit("bronze", day):
        print(f"  this day's run is there already ({known['run_id']}); asking for it again changes nothing")
        # A layer that failed behind it is not notified again.
        for behind in LAYERS[1:]:
            if not stack.find_commit(behind, day):
                stack.send(behind, local_cloud.event(f"{behind}-reconcile", time=event["time"]))
    since = int(time.time() * 1000)
    stack.send("bronze", event)
    commits = {}
    for layer in LAYERS:
        progress = Progress(stack, layer)
        commits[layer] = stack.wait_for_commit(layer, day, bronze_seconds if layer == "bronze" else 600, progress.show)
        progress.end(commits[layer]["run_id"])
        for note in notes(commits[layer]):
            print(f"          {note}")
        if refused := commits[layer].get("refused"):
            raise LocalCloudError(
                f"{layer} refused the run: {refused['quarantined']} of {refused['read']} rows of {refused['table']} could not be "
                f"typed, because of {', '.join(refused['fields'])}; the earlier tables stay")
    for layer in LAYERS:
        for line in stack.log_lines(layer, since):
            if re.search(r'"level" ?: ?"(WARN|ERROR|FATAL)', line):
                print(f"  {layer}: {line}")
    return commits


def notes(commit: dict[str, Any]) -> list[str]:
    """What a run went without."""
    found = [f"{failure['stream']} of {failure['subject']} could not be read: HTTP {failure['status']}"
             for failure in commit.get("failed", [])]
    if skipped := commit.get("skipped"):
        found.append(f"left out, since they only tell of now and the run's day is over: {', '.join(skipped)}")
    return found + [f"rows of {table} that could not be typed are named in {key}"
                    for table, key in commit.get("quarantine", {}).items()]


class Progress:
    """One line on the terminal that says how a layer comes along."""

    def __init__(self, stack: Stack, layer: str):
        self._stack = stack
        self._layer = layer
        self._started = time.monotonic()
        self._shown = self._started
        self._is_terminal = sys.stdout.isatty()

    def show(self) -> None:
        now = time.monotonic()
        if self._is_terminal and now - self._shown >= 1:
            self._shown = now
            count = len(self._stack.objects(self._layer, "raw/" if self._layer == "bronze" else "wistia/"))
            self._write(f"{count} objects so far")

    def end(self, run_id: str) -> None:
        self._write(run_id + "\n")

    def _write(self, text: str) -> None:
        clear = "\r\033[K" if self._is_terminal else ""
        print(f"{clear}  {self._layer:<7}{time.monotonic() - self._started:8.1f} s   {text}", end="", flush=True)


# What the run says


def print_tables(folder: Path, day: str) -> None:
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    for name in sorted(names, key=lambda name: (TABLE_ORDER.index(name) if name in TABLE_ORDER else 99, name)):
        daily = folder / name / f"extraction_date={day}" / "part-0.parquet"
        path = daily if daily.exists() else folder / name / "part-0.parquet"
        if not path.exists():
            continue
        relation = duckdb.from_parquet(str(path), hive_partitioning=False)
        rows = relation.limit(ROWS_SHOWN).fetchall()
        total = relation.count("*").fetchall()[0][0]
        lines = aligned([relation.columns, *([shown(value) for value in row] for row in rows)])
        if is_wide := max(len(line) for line in lines) > LINE_WIDTH:
            lines = aligned([[column, *(shown(row[index]) for row in rows[:WIDE_ROWS_SHOWN])]
                             for index, column in enumerate(relation.columns)])
        first = WIDE_ROWS_SHOWN if is_wide else ROWS_SHOWN
        print(f"\ngold.{name}: {total:,} {'row' if total == 1 else 'rows'}{f', the first {first}' if total > first else ''}")
        print("\n".join(lines))


def aligned(grid: list[list[str]]) -> list[str]:
    """The lines of a table whose columns stand below each other, numbers to the right."""
    widths = [max(len(row[index]) for row in grid) for index in range(len(grid[0]))]
    return ["  " + "  ".join(
        cell.rjust(width) if is_number(cell) else cell.ljust(width)
        for cell, width in zip(row, widths, strict=True)).rstrip() for row in grid]


def print_grid(grid: list[list[str]]) -> None:
    print("\n".join(aligned(grid)))


def is_number(cell: str) -> bool:
    return cell[:1] in "-0123456789" and cell.replace(",", "").replace(".", "").replace("-", "", 1).isdigit()


def shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


COUNTERS = ("read", "accepted", "duplicate", "quarantined", "requests", "rows_answered", "rows_in_parts")


def print_ledgers(commits: dict[str, dict[str, Any]]) -> None:
    for layer, commit in commits.items():
        ledger = commit["ledger"]
        print(f"\nLedger of {layer}")
        counters = [counter for counter in COUNTERS if any(counter in row for row in ledger.values())]
        print_grid([["", *counters], *([name, *(shown(row.get(counter)) for counter in counters)]
                                       for name, row in ledger.items())])
        for name, row in ledger.items():
            if not adds_up(row):
                raise LocalCloudError(f"ledger of {layer} {name} does not add up: {row}")


def adds_up(row: dict[str, int]) -> bool:
    """Whether nothing was lost between what came in and what is accounted for."""
    if "read" in row:
        return row["read"] == row["accepted"] + row["duplicate"] + row["quarantined"]
    return row.get("rows_answered") == row.get("rows_in_parts")


def print_storage(stack: Stack) -> None:
    print("\nStored")
    grid = [["", "objects", "bytes"]]
    for layer in LAYERS:
        objects = stack.objects(layer).values()
        grid.append([layer, f"{len(objects):,}", f"{sum(stored.size_bytes for stored in objects):,}"])
    print_grid(grid)


def print_where(home: Path) -> None:
    place = home.relative_to(ROOT)
    print(f"""
The cloud is stopped; its data stay in {place}/bronze, {place}/silver and {place}/gold. To ask them:
  .venv/bin/python -c "import duckdb; duckdb.sql(\\"from '{place}/gold/wistia/kpi_daily/*/*.parquet'\\").show()"
Run again for the next day, or with --reset from the start.""")


if __name__ == "__main__":
    try:
        main()
    except LocalCloudError as error:
        sys.exit(f"run.sh: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
