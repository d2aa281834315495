#!/usr/bin/env python3
"""Measures bronze's first crawl of a large account at the API's pace, and the next day's run, against their bars.

The account is the sandbox's: its pages take 1.2 to 2 s at the start of the list and up to 8 s at page 1,100, as logged by the
project of seed 001; beyond 600 requests a minute it answers 429. The function is the packed bootstrap, a fresh process for
each invocation, under a Runtime API that gives it so short a deadline that the crawl has to be continued several times; S3 is
the local cloud's, over HTTP. The script delivers the schedule's event and then the notification of each continuation object.
Silver types both commits, so that its rows can be compared with the account. A table says what was asked and what was found.

The bar on the time counts the requests that a list at rest needs, not those that were made: pages, media and one look at the
top again. What cannot shrink with --scale is the start of the processes, so at 0.1 the bar is hard to hold.

Usage:  .venv/bin/python scripts/crawl-benchmark.py [--visitors N] [--scale 1] [--activity 0] [--time-limit 100] [--json FILE]
Needs:  dist/*.zip (scripts/build.sh) and swift build --configuration release --product wistia-sandbox.
Exits:  1 when a bar is missed
"""

import argparse
import bisect
import json
import math
import pathlib
import shutil
import sys
import tempfile
import time

import duckdb

from benchmark import DAY, Bench, notification
from local_cloud import daily_event

NEXT_DAY = "2026-01-09"
PAGE_ROWS = 100
REQUESTS_PER_MINUTE = 480
ACCOUNT_REQUESTS_PER_MINUTE = 600
# How many requests the rate limiter lets go at once after a pause; a new process begins with them.
BURST = 5
# What bronze keeps of its time for the hand-over, which does not shrink with --scale.
HAND_OVER_SECONDS = 45
MEMORY_LIMIT = 256
# A function of 512 MB, which is bronze's default, has 29 % of a core.
CPU_SHARE = 0.1
# An endless run is a fault too; bronze itself stops after 12 continuations.
INVOCATIONS_MAXIMUM = 20


class Run:
    """A run of bronze from its first event to its commit, with every request that it made."""

    def __init__(self, bench: Bench, event: dict, timeout_seconds: float) -> None:
        seen = len(bench.sandbox.requests())
        known = set(bench.keys("bronze", "continuations/"))
        self.invocations = []
        begin = time.perf_counter()
        while True:
            self.invocations.append(bench.invoke("bronze", event, timeout_seconds))
            (answer,) = self.invocations[-1]["answer"]["reports"]
            if answer["outcome"] != "continued":
                break
            new = [key for key in bench.keys("bronze", "continuations/") if key not in known]
            if len(new) != 1 or len(self.invocations) == INVOCATIONS_MAXIMUM:
                sys.exit(f"bronze wrote {len(new)} continuation objects after invocation {len(self.invocations)}")
            known.update(new)
            event = notification("bronze", new[0])
        self.seconds = time.perf_counter() - begin
        self.commit = answer["commit"]
        self.requests = bench.sandbox.requests()[seen:]
        self.visitor_requests = [item for item in self.requests if item["resource"] == "/stats/visitors"]

    @property
    def memory(self) -> float:
        return max(invocation["memory"] for invocation in self.invocations)

    @property
    def slowest_page_seconds(self) -> float:
        return max(item["answer_seconds"] - item["arrival_seconds"] for item in self.visitor_requests)

    @property
    def refused(self) -> int:
        return sum(item["status"] != 200 for item in self.requests)

    def requests_within(self, seconds: float) -> int:
        """The most requests that came within any span of time."""
        arrivals = sorted(item["arrival_seconds"] for item in self.requests)
        return max(index + 1 - bisect.bisect_left(arrivals, arrival - seconds) for index, arrival in enumerate(arrivals))

    @property
    def most_under_way(self) -> int:
        changes = sorted(
            change for item in self.requests
            for change in ((item["arrival_seconds"], 1), (item["answer_seconds"], -1)))
        count = most = 0
        for _, change in changes:
            count += change
            most = max(most, count)
        return most


class Bars:
    """What was asked and what was found, line by line."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, bool | None]] = []

    def add(self, what: str, bar: str, measured: str, is_held: bool | None = None) -> None:
        self.lines.append((what, bar, measured, is_held))

    def print(self) -> None:
        rows = [("what", "bar", "measured", "")] + [
            (what, bar, measured, {True: "ok", False: "MISSED", None: ""}[held]) for what, bar, measured, held in self.lines]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) + "  " + row[3])

    @property
    def are_held(self) -> bool:
        return all(held is not False for *_, held in self.lines)


def rows_of(bench: Bench) -> list[tuple]:
    """Silver's visitors: key, last activity, loads and plays."""
    target = bench.folder / "visitors.parquet"
    bench.s3.download_file("silver", "wistia/fact_visitors/part-0.parquet", str(target))
    return duckdb.sql(
        "SELECT visitor_key, strftime(last_active_at, '%Y-%m-%dT%H:%M:%S.000Z'), load_count, play_count "
        f"FROM read_parquet('{target}')").fetchall()


def rows_of_account(bench: Bench) -> list[tuple]:
    return [(row["visitor_key"], row["last_active_at"], row["load_count"], row["play_count"])
            for row in bench.sandbox.visitors()]


def difference(found: list[tuple], before: list[tuple], after: list[tuple]) -> tuple[int, int, int]:
    """How many visitors of the account before the run are missing, come twice, or are not in the account after it."""
    keys = [row[0] for row in found]
    distinct = set(keys)
    missing = {row[0] for row in before} - distinct
    invented = distinct - {row[0] for row in after}
    return len(missing), len(keys) - len(distinct), len(invented)


def measure(bench: Bench, arguments: argparse.Namespace) -> tuple[Bars, dict]:
    bars = Bars()
    scale = arguments.scale
    rate = REQUESTS_PER_MINUTE / scale
    pages = math.ceil(arguments.visitors / PAGE_ROWS)

    before = rows_of_account(bench)
    bench.sandbox.set_activity(arguments.activity / scale)
    first = Run(bench, daily_event(DAY), arguments.time_limit)
    bench.sandbox.set_activity(0)
    after = rows_of_account(bench)
    silver = bench.invoke("silver", notification("bronze", first.commit))
    missing, doubled, invented = difference(rows_of(bench), before, after)

    bench.sandbox.turn_to_day(2)
    second = Run(bench, daily_event(NEXT_DAY), arguments.time_limit)
    bench.invoke("silver", notification("bronze", second.commit))
    found, account = rows_of(bench), rows_of_account(bench)
    differing = len(set(found) ^ set(account)) + len(found) - len(set(found))

    count = len(first.invocations)
    needed = pages + 1 + len(first.requests) - len(first.visitor_requests)
    limit = 1.1 * needed / rate * 60 + first.slowest_page_seconds * count
    bars.add("first crawl, first event to commit",
             f"<= {limit:.1f} s = 1.1 x {needed} / rate + {first.slowest_page_seconds:.1f} s x {count}",
             f"{first.seconds:.1f} s", first.seconds <= limit)
    bars.add("  invocations", ">= 2", f"{count}: " + ", ".join(f"{each['wall']:.1f} s" for each in first.invocations),
             count >= 2)
    bars.add("  peak memory of an invocation", f"< {MEMORY_LIMIT} MB", f"{first.memory * 1.048576:.0f} MB",
             first.memory * 1.048576 < MEMORY_LIMIT)
    cpu, cpu_limit = sum(each["cpu"] for each in first.invocations), CPU_SHARE * first.seconds / scale
    bars.add("  CPU time of all invocations", f"<= {cpu_limit:.1f} s = {CPU_SHARE:.0%} of the time at scale 1",
             f"{cpu:.1f} s", cpu <= cpu_limit)
    window = 60 * scale
    bars.add(f"  requests in any {window:g} s", f"<= {REQUESTS_PER_MINUTE} + {BURST} for each new process",
             f"{first.requests_within(window)}", first.requests_within(window) <= REQUESTS_PER_MINUTE + BURST * count)
    bars.add("  answers other than 200", "0", f"{first.refused}", first.refused == 0)
    bars.add("  requests for visitors", "", f"{len(first.visitor_requests)} for {pages} pages, "
             f"{first.most_under_way} under way at most")
    bars.add("  visitors missing, doubled, invented", "0, 0, 0", f"{missing}, {doubled}, {invented}",
             missing == doubled == invented == 0)
    bars.add("  became active meanwhile", "", f"{len(set(after) - set(before))}")
    bars.add("silver of it: wall time, peak memory", "",
             f"{silver['wall']:.1f} s, {silver['memory'] * 1.048576:.0f} MB")
    bars.add("next day, 24 new and 3 returning visitors", "<= 5 requests for visitors",
             f"{len(second.visitor_requests)} in {second.seconds:.1f} s", len(second.visitor_requests) <= 5)
    bars.add("  rows of silver that differ from the account", "0", f"{differing} of {len(found)}", differing == 0)
    figures = {
        "arguments": {"visitors": arguments.visitors, "scale": scale, "activity": arguments.activity,
                      "time_limit": arguments.time_limit},
        "first": vars(first), "second": vars(second), "silver": silver, "bars": bars.lines}
    return bars, figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog="Exits with 1 when a bar is missed.")
    parser.add_argument("--visitors", type=int, default=110_471)
    parser.add_argument("--scale", type=float, default=1,
                        help="a factor on every latency and on the time limit, and one by which the rates are divided")
    parser.add_argument("--activity", type=float, default=0,
                        help="visitors who become active each second while the list is read, half of them new")
    parser.add_argument("--time-limit", type=float,
                        help=f"seconds until an invocation's deadline, of which bronze keeps {HAND_OVER_SECONDS} for the "
                             "hand-over; by default 100 at scale 1")
    parser.add_argument("--json", type=pathlib.Path, help="also write every figure and every request here")
    arguments = parser.parse_args()
    if arguments.time_limit is None:
        arguments.time_limit = HAND_OVER_SECONDS + 55 * arguments.scale
    folder = pathlib.Path(tempfile.mkdtemp(prefix="medallion-crawl-"))
    try:
        with Bench(folder, REQUESTS_PER_MINUTE / arguments.scale, visitors=arguments.visitors, latency="seed001",
                   latency_scale=arguments.scale, rate_limit=round(ACCOUNT_REQUESTS_PER_MINUTE / arguments.scale)) as bench:
            bars, figures = measure(bench, arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{arguments.visitors} visitors, {REQUESTS_PER_MINUTE} requests a minute, {arguments.activity:g} activations a second; "
          f"times at scale {arguments.scale:g}, time limit {arguments.time_limit:g} s")
    bars.print()
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))
    if not bars.are_held:
        sys.exit(1)


if __name__ == "__main__":
    main()
