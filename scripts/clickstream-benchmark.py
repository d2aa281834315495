#!/usr/bin/env python3
"""Times one landed file of events from bronze to gold against DuckDB and polars, side by side in one run, out of one S3.

Usage: .venv/bin/python scripts/clickstream-benchmark.py [--events 500000] [--rounds 5] [--files 1] [--peers duckdb,polars]
           [--json FILE]
Needs:  dist/*.zip (scripts/build.sh) and swift build --configuration release --product clickstream-generator.

A generated file lands in the local cloud's S3. In turn, bronze, silver and gold run as fresh processes (process start to exit,
one invocation each) and write into emptied buckets; and each peer runs as a fresh Python process that reads the same object
from the same S3 and writes the same tables there (clickstream_peer.py). Wall time, CPU time and peak memory are the kernel's
figures of each process; medians and the medians of ratios are printed.

With --files N, N files of as many five-minute slots of one day land one after the other instead, and the figures of some of
them show whether a file costs more as the day grows; no peer runs.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import duckdb
from benchmark import Bench, RuntimeAPI, measured

from local_cloud import LAYERS, REGION, ROOT, ROOT_CREDENTIALS, LocalCloud

START = datetime.datetime(2025, 12, 8, 0, 0, 2)
GENERATOR = ROOT / ".build/release/clickstream-generator"


class EventBench(Bench):
    """The local cloud with a bucket where files land, and the layers' bootstraps as processes."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.unpack(ROOT / "dist", folder)
        self.cloud = LocalCloud(folder / "cloud")

    def __enter__(self) -> "EventBench":
        self.cloud.start()
        self.s3 = self.cloud.client("s3")
        for bucket in (*LAYERS, "landing", "peer"):
            self.s3.create_bucket(Bucket=bucket)
        return self

    def __exit__(self, *_: object) -> None:
        self.cloud.stop()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.cloud.url, "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ROOT_CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": ROOT_CREDENTIALS["aws_secret_access_key"],
            "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold", "SOURCES": "clickstream",
            "PII_MODE": "drop", "CLICKSTREAM_LANDING_BUCKET": "landing"}

    def invoke(self, layer: str, event: dict, timeout_seconds: float = 900, release: pathlib.Path | None = None) -> dict:
        api = RuntimeAPI(event, timeout_seconds)
        figures = measured([str((release or self.folder) / layer / "bootstrap")],
                           self.environment | {"AWS_LAMBDA_RUNTIME_API": api.address}, timeout_seconds)
        api.close()
        if api.error or not api.response:
            sys.exit(f"{layer} answered an error: {api.error}")
        return figures | {"answer": api.response}

    def land(self, events: int, seed: int, start: datetime.datetime) -> str:
        path = self.folder / "events.jsonl.gz"
        subprocess.run([GENERATOR, "--events", str(events), "--seed", str(seed), "--start", f"{start:%Y-%m-%dT%H:%M:%SZ}",
                        "--out", path], check=True, stderr=subprocess.DEVNULL)
        key = f"events/year={start:%Y}/month={start:%m}/day={start:%d}/hour={start:%H}/minute={start:%M}/events-{start:%Y%m%d-%H%M%S}.jsonl.gz"
        self.s3.put_object(Bucket="landing", Key=key, Body=path.read_bytes(), ContentType="application/gzip",
                           ContentEncoding="gzip")
        return key

    def chain(self, key: str) -> dict[str, dict]:
        """Takes a landed file through the layers."""
        before = set(self.keys("bronze", "commits/"))
        figures = {"bronze": self.invoke("bronze", notification("landing", key))}
        (commit,) = set(self.keys("bronze", "commits/")) - before
        figures["silver"] = self.invoke("silver", notification("bronze", commit))
        figures["gold"] = self.invoke("gold", notification("silver", commit))
        return figures


def notification(bucket: str, key: str) -> dict:
    return {"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": f"{START:%Y-%m-%dT%H:%M:%S}.000Z",
        "eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": key.replace("=", "%3D")}}}]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--peers", default="duckdb,polars")
    parser.add_argument("--json", type=pathlib.Path, help="also write every figure here")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="medallion-benchmark-"))
    try:
        with EventBench(folder) as bench:
            rounds = day(bench, arguments) if arguments.files > 1 else file(bench, arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rounds, indent=2))


def file(bench: EventBench, arguments: argparse.Namespace) -> list[dict]:
    key = bench.land(arguments.events, 1, START)
    peers = [name for name in arguments.peers.split(",") if name]
    rounds = []
    for number in range(arguments.rounds + 1):
        for bucket in LAYERS:
            bench.empty(bucket)
        figures = bench.chain(key)
        for peer in peers:
            bench.empty("peer")
            figures[peer] = measured(
                [sys.executable, str(ROOT / "scripts/clickstream_peer.py"), peer, bench.cloud.url, key],
                dict(os.environ) | {name: value for name, value in bench.environment.items() if name.startswith("AWS_")}
                | {"AWS_DEFAULT_REGION": REGION})
            if number == 0:
                compare(bench, peer)
        if number > 0:  # the first round warms the caches
            rounds.append(figures)
    silver = sum(bench.s3.head_object(Bucket="silver", Key=found)["ContentLength"]
                 for found in bench.keys("silver", "clickstream/events/"))
    print(f"{arguments.events} events; silver's events take {silver / arguments.events:.2f} bytes each")
    print(f"{'median of ' + str(len(rounds)):<22}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}")
    for name in (*LAYERS, *peers):
        print(f"{name:<22}" + "".join(
            f"{statistics.median(r[name][figure] for r in rounds):>{width}.{digits}f}"
            for figure, width, digits in (("wall", 9, 2), ("cpu", 9, 2), ("memory", 10, 0))))
    for peer in peers:
        ratios = [(sum(r[layer]["wall"] for layer in LAYERS) / r[peer]["wall"],
                   sum(r[layer]["cpu"] for layer in LAYERS) / r[peer]["cpu"],
                   max(r[layer]["memory"] for layer in LAYERS) / r[peer]["memory"]) for r in rounds]
        wall, cpu, memory = (statistics.median(values) for values in zip(*ratios, strict=True))
        print(f"{'all layers/' + peer:<22}{wall:>9.2f}{cpu:>9.2f}{memory:>10.2f}")
    return rounds


def compare(bench: EventBench, peer: str) -> None:
    """Ends the script if a peer did not make the same numbers: then their times do not compare."""
    ours, theirs = bench.folder / "ours", bench.folder / peer
    bench.download("silver", "clickstream/events/", ours)
    bench.download("gold", "clickstream/", ours)
    bench.download("peer", "", theirs)
    checks = {
        "events": ("SELECT count(*), sum(hash(user_id)), sum(price) FROM '{}/clickstream/events/*/*/*.parquet'",
                   "SELECT count(*), sum(hash(user_id)), sum(price) FROM '{}/events/*/*.parquet'"),
        "user_activity": ("SELECT unique_users, unique_sessions, events FROM '{}/clickstream/user_activity/*/*.parquet'",
                          "SELECT unique_users, unique_sessions, events FROM '{}/user_activity.parquet'"),
        "hourly_revenue": ("SELECT event_hour, purchases, units, revenue FROM '{}/clickstream/hourly_revenue/*/*.parquet' ORDER BY 1",
                           "SELECT event_hour, purchases, units, revenue FROM '{}/hourly_revenue.parquet' ORDER BY 1"),
        "conversion_funnel": ("SELECT product_id, views, carts, purchases FROM '{}/clickstream/conversion_funnel/*/*.parquet' ORDER BY 1",
                              "SELECT product_id, views, carts, purchases FROM '{}/conversion_funnel.parquet' ORDER BY 1")}
    for name, (our_query, their_query) in checks.items():
        our_rows = duckdb.sql(our_query.format(ours)).fetchall()
        their_rows = duckdb.sql(their_query.format(theirs)).fetchall()
        if our_rows != their_rows:
            sys.exit(f"clickstream-benchmark.py: {peer} does not make the same {name}: {our_rows[:2]} and {their_rows[:2]}")


def day(bench: EventBench, arguments: argparse.Namespace) -> list[dict]:
    """Lands a file for each five minutes; prints what some of them cost."""
    rounds = []
    for number in range(arguments.files):
        key = bench.land(arguments.events, number + 1, START + datetime.timedelta(minutes=5 * number))
        rounds.append(bench.chain(key))
    # A single file's figure is noisy: the neighbours of each count too.
    chosen = collections.OrderedDict((index, range(max(0, index - 2), min(arguments.files, index + 3)))
                                     for index in (2, arguments.files // 2, arguments.files - 3))
    print(f"{arguments.files} files of {arguments.events} events; medians of five neighbours")
    print(f"{'file':<8}" + "".join(f"{layer + ' s':>10}" for layer in LAYERS) + f"{'sum s':>10}{'peak MiB':>10}")
    for index, numbers in chosen.items():
        walls = [statistics.median(rounds[number][layer]["wall"] for number in numbers) for layer in LAYERS]
        memory = max(rounds[number][layer]["memory"] for number in numbers for layer in LAYERS)
        print(f"{index + 1:<8}" + "".join(f"{wall:>10.3f}" for wall in walls) + f"{sum(walls):>10.3f}{memory:>10.0f}")
    return rounds


if __name__ == "__main__":
    main()
