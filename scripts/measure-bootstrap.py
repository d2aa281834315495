#!/usr/bin/env python3
"""Measures the packed Lambda functions and checks that each runs anywhere.

Per layer: the zip's size; the time from just before the process starts to the first byte of its first request for an
event, beside a Python process that asks the same with http.client, run in turns; that it is fully static; that it
answers an event in a root that holds nothing but the file and /proc.

Usage:  scripts/measure-bootstrap.py [--layer NAME]... [--runs N] [--env NAME=VALUE]... [--report-only]
Needs:  dist/*.zip (scripts/build.sh), Python 3.11, unshare and ldd; for the empty root, root or user namespaces
Exits:  1 when a bar is missed (not with --report-only), 2 when a bootstrap does not work, 77 when all is well but no bootstrap
        could be tried in an empty root, because this machine permits no mount namespaces (1 when CI is "true")
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

import empty_root
from empty_root import BrokenBootstrap, accept, environment, listen, running

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYERS = ("bronze", "silver", "gold")
NEXT = b"GET /2018-06-01/runtime/invocation/next "
# What S3 sends when a notification is set up; every layer takes note of it and does nothing.
EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-01-08T02:00:00.000Z", "Bucket": "medallion"}
PYTHON = """
import http.client, os
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
connection.request("GET", "/2018-06-01/runtime/invocation/next")
connection.getresponse()
"""

MAX_ZIP_BYTES = 12_000_000
MAX_MEDIAN_MS = 15.0
MAX_SHARE_OF_PYTHON = 1 / 5


def first_request_ms(server: socket.socket, command: list[str], env: dict[str, str], output: pathlib.Path) -> float:
    """The time from just before the start to the first byte of the request for an event."""
    started = time.perf_counter_ns()
    with running(command, env, output):
        with accept(server, command, output) as connection:
            request = connection.recv(4096)
            arrived = time.perf_counter_ns()
    if not request.startswith(NEXT):
        raise BrokenBootstrap(f"{command[0]} asked for {request[:80]!r} before an event")
    return (arrived - started) / 1e6


def require_static(bootstrap: pathlib.Path) -> None:
    ldd = subprocess.run(["ldd", bootstrap], capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
    if "not a dynamic executable" not in ldd.stdout + ldd.stderr:
        raise BrokenBootstrap(f"{bootstrap.parent.name} is not fully static: {ldd.stdout}")


def summary(times: list[float]) -> str:
    return f"{statistics.median(times):6.1f} ({min(times):.1f} to {max(times):.1f})"


def measure(
    layers: list[str], runs: int, extra: dict[str, str], folder: pathlib.Path, can_make_roots: bool,
) -> list[str]:
    """Prints one line per layer and returns the bars that were missed."""
    missed = []
    output = folder / "output"
    print(f"start to the first request for an event, ms: median of {runs} runs (least to most)")
    print(f"{'layer':8}{'zip MB':>8}   {'bootstrap':24}{'python':24}{'share':>6}")
    for layer in layers:
        archive = ROOT / "dist" / f"{layer}.zip"
        with zipfile.ZipFile(archive) as packed:
            packed.extract("bootstrap", folder / layer)
        bootstrap = folder / layer / "bootstrap"
        bootstrap.chmod(0o755)
        require_static(bootstrap)
        if can_make_roots:
            answer = empty_root.answer(bootstrap, layer, json.dumps(EVENT).encode(), variables=extra)
            if answer.is_error:
                raise BrokenBootstrap(f"{layer} in an empty root answered {answer.text}")

        ours, pythons = [], []
        with listen() as server:
            env = environment(server, layer) | extra
            for _ in range(runs + 1):
                ours.append(first_request_ms(server, [str(bootstrap)], env, output))
                pythons.append(first_request_ms(server, [sys.executable, "-I", "-c", PYTHON], env, output))
        # The first run of each reads the files into memory.
        ours, pythons = ours[1:], pythons[1:]

        size = archive.stat().st_size
        share = statistics.median(ours) / statistics.median(pythons)
        print(f"{layer:8}{size / 1e6:8.2f}   {summary(ours):24}{summary(pythons):24}{share:6.2f}", flush=True)
        if size > MAX_ZIP_BYTES:
            missed.append(f"{layer}.zip has {size} bytes, more than {MAX_ZIP_BYTES}")
        if statistics.median(ours) > MAX_MEDIAN_MS:
            missed.append(f"{layer} starts in {statistics.median(ours):.1f} ms, more than {MAX_MEDIAN_MS:.0f}")
        if share > MAX_SHARE_OF_PYTHON:
            missed.append(f"{layer} takes {share:.2f} of Python's time to start, more than {MAX_SHARE_OF_PYTHON}")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layer", action="append", choices=LAYERS, dest="layers", help="only this one; may be repeated")
    parser.add_argument("--runs", type=int, default=30, help="starts per layer (30)")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="set for the bootstraps")
    parser.add_argument("--report-only", action="store_true", help="exit 0 although a bar is missed")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            extra = dict(pair.split("=", 1) for pair in options.env)
            can_make_roots = empty_root.is_possible()
            missed = measure(options.layers or list(LAYERS), options.runs, extra, pathlib.Path(folder), can_make_roots)
    except BrokenBootstrap as error:
        print(error, file=sys.stderr)
        return 2
    except FileNotFoundError as error:
        print(f"{error.filename} is missing; run scripts/build.sh", file=sys.stderr)
        return 2
    for bar in missed:
        print(f"missed: {bar}", file=sys.stderr)
    if missed and not options.report_only:
        return 1
    if not can_make_roots:
        print("not checked: that a bootstrap answers in an empty root; that takes root or user namespaces, which this machine "
              "does not permit", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else 77
    if not missed:
        print("every bootstrap is fully static, answers in an empty root and keeps its bars")
    return 0


if __name__ == "__main__":
    sys.exit(main())
