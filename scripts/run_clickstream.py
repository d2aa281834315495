"""Lands one file of a shop's events in the local cloud and prints the answers; started by scripts/run.sh.

Each call lands the file of the next five minutes. The events are made up, unless --file names some.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import gzip
import json
import re
import subprocess
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
from local_cloud import LAYERS, ROOT, LocalCloud, LocalCloudError, Stack
from run_report import (
    Progress, link_buckets, prepare, print_grid, print_ledgers, print_notes, print_storage, print_warnings, shown)

GENERATOR = ROOT / ".build" / "release" / "clickstream-generator"
FIRST = datetime.datetime(2025, 12, 8, 4, 15, tzinfo=datetime.timezone.utc)
STEP = datetime.timedelta(minutes=5)
# The producer takes some seconds and names the file by the end of its work, as the seed's function does.
BEGIN, SPAN, END = 2, 20, 31
SHARES = ("--repeat-share", "0.01", "--late-share", "0.001", "--odd-share", "0.0001")
ROWS_SHOWN = 12


@dataclass(frozen=True)
class Landed:
    """A file of events and what to say about it."""

    body: bytes
    key: str
    about: str
    format: str = "jsonl"

    @property
    def headers(self) -> dict[str, str]:
        """What the producer says of a file, as the seed's function does: S3 would hand such a file out unpacked."""
        if self.body[:2] == b"\x1f\x8b":
            return {"ContentType": "application/gzip", "ContentEncoding": "gzip"}
        return {"ContentType": "text/csv" if self.format == "rees46" else "application/x-ndjson"}


def main() -> None:
    options = parse_options()
    home = ROOT / ".local" / "clickstream"
    lock = prepare(home, reset=options.reset)
    done = home / "files"
    number = int(done.read_text()) + 1 if done.exists() else 1
    landed = taken(options.file) if options.file else made(number, options.events, home)
    print(f"Events:  {landed.about}, {len(landed.body):,} bytes")

    with LocalCloud(home / "cloud", auth=True) as cloud:
        stack = Stack(cloud)
        started = time.monotonic()
        outcome = stack.deploy(
            ROOT / "dist", WistiaSource="off", ClickstreamSource="on", ClickstreamLandingPrefix="events/",
            ClickstreamLandingKeyTemplate="events/year={yyyy}/month={MM}/day={dd}/", ClickstreamFormat=landed.format)
        print(f"Cloud:   {cloud.url}, stack {stack.name} {outcome} in {time.monotonic() - started:.1f} s, resources read back")

        print(f"\nRun of s3://{stack.bucket('landing')}/{landed.key}")
        since = int(time.time() * 1000)
        commit = stack.land(landed.key, landed.body, **landed.headers)
        link_buckets(home, stack)
        commits = {}
        for layer in LAYERS:
            progress = Progress(stack, layer, "clickstream")
            commits[layer] = stack.wait_for_object(layer, commit, 600, progress.show)
            progress.end(commits[layer]["run_id"])
            print_notes(layer, commits[layer])
        print_warnings(stack, since)
        if not options.file:
            done.write_text(f"{number}\n")
        print_answers(home / "gold" / "clickstream")
        print_ledgers(commits)
        print_storage(stack)
    print_where(home)
    lock.close()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.sh clickstream")
    parser.add_argument("--file", type=Path, help="land this file, JSON lines or REES46's CSV, gzipped or not")
    parser.add_argument("--events", type=int, default=500_000, help="how many events to make up")
    parser.add_argument("--reset", action="store_true", help="start over: forget the local cloud and its data")
    return parser.parse_args()


def key(moment: datetime.datetime, suffix: str) -> str:
    """Where the seed's producer puts the file that it ends at a moment."""
    slot = moment - datetime.timedelta(minutes=moment.minute % 5)
    return f"events/{slot:year=%Y/month=%m/day=%d/hour=%H/minute=%M}/events-{moment:%Y%m%d-%H%M%S}.{suffix}"


def made(number: int, events: int, home: Path) -> Landed:
    """The made-up file of one step of five minutes; the first is of step 1."""
    slot = FIRST + STEP * (number - 1)
    path = home / "events.jsonl.gz"
    command = [GENERATOR, "--events", events, "--seed", number, "--start",
               f"{slot + datetime.timedelta(seconds=BEGIN):%Y-%m-%dT%H:%M:%SZ}", "--span-seconds", SPAN, *SHARES, "--out", path]
    answer = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if answer.returncode:
        raise LocalCloudError(f"make events failed: {answer.stderr.strip()}")
    counts = json.loads(answer.stderr)
    body = path.read_bytes()
    path.unlink()
    return Landed(
        body, key(slot + datetime.timedelta(seconds=END), "jsonl.gz"),
        f"file {number}, made up: {counts['events']:,} lines of {slot:%Y-%m-%d %H:%M} UTC, {counts['repeats']:,} repeats, "
        f"{counts['late']:,} late, {counts['odd']:,} odd")


def taken(path: Path) -> Landed:
    """A file of somebody's own, as if it ended now."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise LocalCloudError(f"read {path} failed: {error.strerror}") from error
    start, gz = body, ""
    if body[:2] == b"\x1f\x8b":
        gz = ".gz"
        # What is cut or damaged is for bronze to find.
        with contextlib.suppress(EOFError, gzip.BadGzipFile, zlib.error), gzip.open(path) as file:
            start = file.read(100)
    format, suffix = ("rees46", "csv") if start.removeprefix(b"\xef\xbb\xbf").startswith(b"event_time,") else ("jsonl", "jsonl")
    return Landed(body, key(datetime.datetime.now(datetime.timezone.utc), suffix + gz), f"yours, {path}", format)


# What the run says


def print_answers(gold: Path) -> None:
    """Asks gold's files the named queries of infra/catalog.yaml, as Athena would."""
    database = duckdb.connect()
    for folder in gold.iterdir():
        database.sql(f"CREATE VIEW clickstream_{folder.name} AS "
                     f"FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = true)")
    for name, question, text in named_queries("clickstream"):
        relation = database.sql(text)
        rows = relation.fetchall()
        # What is sorted by time ends with the newest.
        end, part = ("last", rows[-ROWS_SHOWN:]) if relation.columns[0] == "event_date" else ("first", rows[:ROWS_SHOWN])
        print(f"\n{question} ({name}{f': {len(rows):,} rows, the {end} {len(part)}' if len(part) < len(rows) else ''})")
        print_grid([relation.columns, *([shown(value) for value in row] for row in part)])


def named_queries(source: str) -> list[tuple[str, str, str]]:
    """Name, question and SQL of a source's named queries, as infra/catalog.yaml has them."""
    text = (ROOT / "infra" / "catalog.yaml").read_text()
    found = re.findall(
        rf'      Name: ({source}_\w+)\n      Description: "(.*)"\n      QueryString: \|\n((?:        .*\n)+)', text)
    if not found:
        raise LocalCloudError("infra/catalog.yaml has no named queries of clickstream; run swift run catalog")
    return found


def print_where(home: Path) -> None:
    place = home.relative_to(ROOT)
    print(f"""
The cloud is stopped; its data stay in {place}/landing, {place}/bronze, {place}/silver and {place}/gold. To ask them:
  .venv/bin/python -c "import duckdb; duckdb.sql(\\"from read_parquet('{place}/silver/clickstream/events/**/*.parquet')\\").show()"
Run again for the next five minutes, or with --reset from the start.""")


if __name__ == "__main__":
    try:
        main()
    except LocalCloudError as error:
        sys.exit(f"run.sh: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
