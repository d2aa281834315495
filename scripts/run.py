"""Runs the pipeline for one day of a Wistia account in the local cloud and prints the answers; started by scripts/run.sh.

Each call plays the next day of the pretend account, so that the second one is an incremental run. With WISTIA_API_TOKEN
set it reads the real account of today instead.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import local_cloud
from local_cloud import LAYERS, ROOT, LocalCloud, LocalCloudError, Sandbox, Stack
from run_report import (
    Progress, aligned, link_buckets, prepare, print_ledgers, print_notes, print_storage, print_warnings, shown)

FIRST_DAY = datetime.date(2026, 1, 8)
# What to show first; other tables follow by name.
TABLE_ORDER = ("kpi_daily", "fact_media_performance", "top_media_by_engagement", "bottom_media_by_drop_off")
ROWS_SHOWN = 10
WIDE_ROWS_SHOWN = 3
# A table that is wider stands on its side.
LINE_WIDTH = 120


def main() -> None:
    options = parse_options()
    # Taken out of the environment, so that no process started here can have it.
    token = os.environ.pop("WISTIA_API_TOKEN", "")
    home = ROOT / ".local" / ("wistia" if token else "sandbox")
    lock = prepare(home, reset=options.reset)

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
    lock.close()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("--reset", action="store_true", help="start over: forget the local cloud and its data")
    parser.add_argument("--visitors", type=int, default=1000, help="visitors of the pretend account on day 1")
    return parser.parse_args()


def next_day(home: Path) -> int:
    """The day to play: 1, or the one after the last that went through."""
    last = home / "day"
    return int(last.read_text()) + 1 if last.exists() else 1


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
        progress = Progress(stack, layer, "wistia")
        commits[layer] = stack.wait_for_commit(layer, day, bronze_seconds if layer == "bronze" else 600, progress.show)
        progress.end(commits[layer]["run_id"])
        print_notes(layer, commits[layer])
    print_warnings(stack, since)
    return commits


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
