"""What the runs of all sources share: their folder, their progress, and how they show what came out."""

from __future__ import annotations

import datetime
import decimal
import fcntl
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import IO, Any

from local_cloud import LAYERS, ROOT, LocalCloudError, Stack


def prepare(home: Path, *, reset: bool) -> IO[str]:
    """Makes the folder where a source's runs keep their state, and returns the lock that only one run can hold."""
    # A real account's data and keys are nobody else's business.
    os.umask(0o077)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda received, _: sys.exit(128 + received))
    if reset:
        shutil.rmtree(home, ignore_errors=True)
        print(f"Forgot {home.relative_to(ROOT)}")
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another run uses {home.relative_to(ROOT)}; wait for it to end")
    return lock


def link_buckets(home: Path, stack: Stack) -> None:
    """Makes `bronze`, `silver`, `gold` and `landing` short names of the folders that hold the buckets' objects."""
    for layer in buckets(stack):
        link = home / layer
        link.unlink(missing_ok=True)
        link.symlink_to(stack.cloud.bucket_folder(stack.bucket(layer)).relative_to(home.resolve()))


def buckets(stack: Stack) -> list[str]:
    """What the stack's buckets are called, in the order of the flow."""
    return (["landing"] if "LandingBucketName" in stack.outputs else []) + list(LAYERS)


class Progress:
    """One line on the terminal that says how a layer comes along."""

    def __init__(self, stack: Stack, layer: str, source: str):
        self._stack = stack
        self._layer = layer
        self._prefix = f"raw/{source}/" if layer == "bronze" else f"{source}/"
        self._started = time.monotonic()
        self._shown = self._started
        self._is_terminal = sys.stdout.isatty()

    def show(self) -> None:
        now = time.monotonic()
        if self._is_terminal and now - self._shown >= 1:
            self._shown = now
            count = len(self._stack.objects(self._layer, self._prefix))
            self._write(f"{count} objects so far")

    def end(self, run_id: str) -> None:
        self._write(run_id + "\n")

    def _write(self, text: str) -> None:
        clear = "\r\033[K" if self._is_terminal else ""
        print(f"{clear}  {self._layer:<7}{time.monotonic() - self._started:8.1f} s   {text}", end="", flush=True)


def print_notes(layer: str, commit: dict[str, Any]) -> None:
    """What a run went without; raises if the layer refused it."""
    for failure in commit.get("failed", []):
        print(f"          {failure['stream']} of {failure['subject']} could not be read: HTTP {failure['status']}")
    if skipped := commit.get("skipped"):
        print(f"          left out, since they only tell of now and the run's day is over: {', '.join(skipped)}")
    for table, key in commit.get("quarantine", {}).items():
        print(f"          rows of {table} that could not be typed are named in {key}")
    if refused := commit.get("refused"):
        raise LocalCloudError(
            f"{layer} refused the run: {refused['quarantined']} of {refused['read']} rows of {refused['table']} could not be "
            f"typed, because of {', '.join(refused['fields'])}; the earlier tables stay")


def print_warnings(stack: Stack, since_milliseconds: int) -> None:
    """What the functions have warned of since a moment."""
    for layer in LAYERS:
        for line in stack.log_lines(layer, since_milliseconds):
            if re.search(r'"level" ?: ?"(WARN|ERROR|FATAL)', line):
                print(f"  {layer}: {line}")


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
    if isinstance(value, int | decimal.Decimal):
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
    for layer in buckets(stack):
        objects = stack.objects(layer).values()
        grid.append([layer, f"{len(objects):,}", f"{sum(stored.size_bytes for stored in objects):,}"])
    print_grid(grid)
