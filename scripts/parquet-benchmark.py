#!/usr/bin/env python3
"""Times this repository's Parquet module against pyarrow, side by side in one run, on the same rows.

Usage: .venv/bin/python scripts/parquet-benchmark.py [--rows 1000000] [--rounds 7] [--json FILE]
Needs:  swift build --configuration release --product parquet-benchmark

Both write and read in memory with one thread: same codec and level, dictionaries where they pay or none at all, page index, page
checksums (pyarrow verifies them too). They take turns in every round; the figures are medians of each one's CPU time, and the
ratio is the median of the rounds' ratios. MB are those of the columns in memory. Exit 1 when a bar does not hold.
"""

import argparse
import datetime
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build/release/parquet-benchmark"
WRITE_SPEED_MINIMUM, READ_SPEED_MINIMUM, SIZE_MAXIMUM = 1.0, 0.8, 1.02
EPOCH = int(datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc).timestamp() * 1e6)
BROWSERS = ["Chrome", "Safari", "Firefox", "Edge", "Samsung Internet", "Opera"]
COUNTRIES = ["US", "GB", "DE", "FR", "IN", "BR", "CA", "AU", "JP", "NL"]


def nullable(source, share, value):
    return None if source.random() < share else value


def visitors(rows):
    """Columns like those of visitors: one row a visitor, random keys."""
    source = random.Random(1)
    start = sorted(EPOCH + source.randrange(31_536_000_000_000) for _ in range(rows))
    timestamp = pa.timestamp("us", "UTC")
    text = pa.string()
    return pa.table({
        "visitor_key": pa.array([source.randbytes(16).hex() for _ in range(rows)], text),
        "created_at": pa.array(start, timestamp),
        "last_active_at": pa.array([value + source.randrange(10**12) for value in start], timestamp),
        "load_count": pa.array([source.randrange(1, 40) for _ in range(rows)], pa.int64()),
        "play_count": pa.array([source.randrange(0, 12) for _ in range(rows)], pa.int64()),
        "name": pa.array([nullable(source, 0.8, f"Visitor {source.randrange(200_000)}") for _ in range(rows)], text),
        "email_key": pa.array([nullable(source, 0.8, source.randbytes(16).hex()) for _ in range(rows)], text),
        "browser": pa.array([source.choice(BROWSERS) for _ in range(rows)], text),
        "browser_version": pa.array([str(source.randrange(80, 130)) for _ in range(rows)], text),
        "is_mobile": pa.array([source.random() < 0.4 for _ in range(rows)], pa.bool_()),
        "country": pa.array([nullable(source, 0.02, source.choice(COUNTRIES)) for _ in range(rows)], text),
    })


def events(rows):
    """Columns like those of events: many rows a visitor, shares of a video, addresses."""
    source = random.Random(2)
    keys = [source.randbytes(16).hex() for _ in range(max(1, rows // 12))]
    media = [source.randbytes(5).hex() for _ in range(80)]
    start = sorted(EPOCH + source.randrange(31_536_000_000_000) for _ in range(rows))
    text = pa.string()
    return pa.table({
        "event_key": pa.array([source.randbytes(16).hex() for _ in range(rows)], text),
        "received_at": pa.array(start, pa.timestamp("us", "UTC")),
        "event_date": pa.array([value // 86_400_000_000 for value in start], pa.int32()).cast(pa.date32()),
        "visitor_key": pa.array([source.choice(keys) for _ in range(rows)], text),
        "media_id": pa.array([source.choice(media) for _ in range(rows)], text),
        "percent_viewed": pa.array([round(source.random(), 4) for _ in range(rows)], pa.float64()),
        "embed_url": pa.array([nullable(source, 0.1, f"https://example.com/watch/{source.randrange(500)}") for _ in range(rows)], text),
        "city": pa.array([nullable(source, 0.05, f"City {source.randrange(3000)}") for _ in range(rows)], text),
        "latitude": pa.array([nullable(source, 0.05, source.uniform(-90, 90)) for _ in range(rows)], pa.float64()),
        "longitude": pa.array([nullable(source, 0.05, source.uniform(-180, 180)) for _ in range(rows)], pa.float64()),
        "organization": pa.array([nullable(source, 0.3, f"Organization {source.randrange(20_000)}") for _ in range(rows)], text),
        "is_mobile": pa.array([source.random() < 0.4 for _ in range(rows)], pa.bool_()),
    })


class Peer:
    """pyarrow, with one thread."""

    def __init__(self, table, codec, encodings):
        name, _, level = codec.partition("-")
        self.table = table
        self.options = dict(
            compression=name, compression_level=int(level) if level else None, use_dictionary=encodings == "automatic",
            write_page_index=True, write_page_checksum=True, store_schema=False)

    def run(self, command):
        begin = time.process_time()
        if command == "write":
            sink = pa.BufferOutputStream()
            pq.write_table(self.table, sink, **self.options)
            self.output = sink.getvalue()
        else:
            rows = pq.read_table(pa.BufferReader(self.output), use_threads=False, page_checksum_verification=True).num_rows
            assert rows == self.table.num_rows
        return time.process_time() - begin, self.output.size


class Ours:
    """This repository's module, in a process that answers line by line."""

    def __init__(self, source, codec, encodings):
        self.process = subprocess.Popen(
            [str(PROGRAM), str(source), str(source.with_suffix(".ours")), codec, encodings],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self, command):
        self.process.stdin.write(command + "\n")
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit(f"{PROGRAM.name} failed with status {self.process.wait()}")
        return float(answer[0]), int(answer[1])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(name, table, folder, codec, encodings, rounds):
    """A line of figures, and whether all bars hold."""
    source = folder / f"{name}.parquet"
    pq.write_table(table, source, compression="snappy")
    peer, ours = Peer(table, codec, encodings), Ours(source, codec, encodings)
    times = {(who, command): [] for who in ("peer", "ours") for command in ("write", "read")}
    for number in range(rounds + 1):
        for command in ("write", "read"):
            for who, runner in (("peer", peer), ("ours", ours)) if number % 2 else (("ours", ours), ("peer", peer)):
                seconds, size = runner.run(command)
                sizes = times.setdefault((who, "size"), [])
                sizes[:] = [size]
                if number > 0:  # the first round warms up
                    times[who, command].append(seconds)
    ours.close()
    written = pq.read_table(source.with_suffix(".ours"), page_checksum_verification=True)
    if not all(left.equals(right) for left, right in zip(written.columns, table.columns)):
        sys.exit(f"{name} {codec}: the rows that were written are others")
    megabytes = table.nbytes / 1e6
    speed = {key: megabytes / statistics.median(values) for key, values in times.items() if key[1] != "size"}
    ratio = {
        command: statistics.median(theirs / mine for theirs, mine in zip(times["peer", command], times["ours", command]))
        for command in ("write", "read")
    }
    size = times["ours", "size"][0] / times["peer", "size"][0]
    holds = {
        "write": ratio["write"] >= WRITE_SPEED_MINIMUM, "read": ratio["read"] >= READ_SPEED_MINIMUM, "size": size <= SIZE_MAXIMUM}
    missed = ", ".join(bar for bar, is_met in holds.items() if not is_met)
    print(
        f"{name:<9}{codec:<8}{encodings:<11}"
        f"{speed['peer', 'write']:>7.0f}{speed['ours', 'write']:>6.0f}{ratio['write']:>6.2f}"
        f"{speed['peer', 'read']:>8.0f}{speed['ours', 'read']:>6.0f}{ratio['read']:>6.2f}"
        f"{times['peer', 'size'][0] / 1e6:>9.2f}{times['ours', 'size'][0] / 1e6:>7.2f}{size:>7.3f}  {'misses ' + missed if missed else 'all hold'}",
        flush=True)
    return {
        "table": name, "codec": codec, "encodings": encodings, "megabytes": megabytes, "write": ratio["write"],
        "read": ratio["read"], "size": size, "holds": holds, "speed": {" ".join(key): value for key, value in speed.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=pathlib.Path, help="also write every figure here")
    arguments = parser.parse_args()
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is missing; swift build --configuration release --product {PROGRAM.name}")
    pa.set_cpu_count(1)
    results = []
    with tempfile.TemporaryDirectory(prefix="medallion-parquet-") as folder:
        tables = {"visitors": visitors(arguments.rows), "events": events(arguments.rows)}
        print(", ".join(f"{name}: {table.num_rows:,} rows, {table.nbytes / 1e6:.0f} MB" for name, table in tables.items()))
        print(f"median of {arguments.rounds:<16}{'write MB/s':>17}{'':>2}{'read MB/s':>18}{'':>2}{'file MB':>16}")
        print(f"{'table':<9}{'codec':<8}{'encodings':<11}{'pyarrow':>7}{'ours':>6}{'ratio':>6}{'pyarrow':>8}{'ours':>6}{'ratio':>6}"
              f"{'pyarrow':>9}{'ours':>7}{'ratio':>7}  bars {WRITE_SPEED_MINIMUM}, {READ_SPEED_MINIMUM}, {SIZE_MAXIMUM}")
        for name, table in tables.items():
            for codec, encodings in (("zstd-1", "automatic"), ("zstd-3", "automatic"), ("zstd-3", "plain"),
                                     ("snappy", "automatic"), ("none", "automatic")):
                results.append(compare(name, table, pathlib.Path(folder), codec, encodings, arguments.rounds))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2))
    sys.exit(0 if all(all(result["holds"].values()) for result in results) else 1)


if __name__ == "__main__":
    main()
