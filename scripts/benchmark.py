#!/usr/bin/env python3
"""Times silver and gold against DuckDB, side by side in one run, on the same bronze parts.

Usage: .venv/bin/python scripts/benchmark.py [--visitors 110471] [--rounds 5] [--baseline FOLDER] [--json FILE]
Needs:  dist/*.zip (scripts/build.sh) and swift build --configuration release --product wistia-sandbox.

A sandbox account is crawled once by the real bronze bootstrap into the local cloud's S3. Then, in turn, silver and gold run
as fresh processes (process start to exit, one invocation each, objects read from and written to that S3 over HTTP into
emptied buckets), and a fresh Python process makes the same tables with DuckDB from the same parts as local files
(duckdb_peer.py). Wall time, CPU time and peak memory are the kernel's figures of each process; medians and their ratio are
printed. DuckDB is spared the network, medallion is not.

With --baseline, the folder of another release's zips, that release takes its turn in each round too. Its bronze crawls, since a
release reads what earlier ones wrote. Its figures stand in the ratio's denominator in place of DuckDB's.
"""

import argparse
import http.server
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

import duckdb

from local_cloud import LAYERS, REGION, ROOT, ROOT_CREDENTIALS, LocalCloud, Sandbox, daily_event

DAY = "2026-01-08"


class RuntimeAPI:
    """A Lambda Runtime API that serves one event and then goes away, so that the process under test exits."""

    def __init__(self, event: dict, deadline_seconds: float) -> None:
        outer = self
        self.response = None
        self.error = None
        body = json.dumps(event).encode()
        served = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if served:
                    self.answer(410, b"")
                    return
                served.append(True)
                self.answer(200, body, {
                    "Lambda-Runtime-Aws-Request-Id": "benchmark", "Content-Type": "application/json",
                    "Lambda-Runtime-Deadline-Ms": str(int((time.time() + deadline_seconds) * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:benchmark"})

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path.endswith("/response"):
                    outer.response = json.loads(content)
                else:
                    outer.error = content.decode()
                self.answer(202, b'{"status":"OK"}')

            def answer(self, status: int, content: bytes, headers: dict | None = None) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()


class PeakMemory(threading.Thread):
    """Follows a process's largest resident size until it ends.

    wait4's ru_maxrss will not do: the child begins with the size of this process, and that stays its maximum after exec.
    """

    def __init__(self, process_id: int) -> None:
        super().__init__(daemon=True)
        self.mebibytes = 0.0
        self._status = os.open(f"/proc/{process_id}/status", os.O_RDONLY)
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.01):
            try:
                _, found, rest = os.pread(self._status, 4096, 0).partition(b"VmHWM:")
            except ProcessLookupError:
                return
            if found:  # not once the process ends
                self.mebibytes = int(rest.split()[0]) / 1024

    def stop(self) -> None:
        self._ended.set()
        self.join()
        os.close(self._status)


def measured(command: list[str], environment: dict[str, str], timeout_seconds: float = 3_600) -> dict[str, float]:
    """Runs a process to its end; seconds and MiB as the kernel counted them."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    memory = PeakMemory(process.pid)
    killer = threading.Timer(timeout_seconds, process.kill)
    killer.start()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    killer.cancel()
    memory.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed with status {process.returncode}: {errors.decode()[-2000:]}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": memory.mebibytes}


class Bench:
    """The local cloud with a crawled account, and the layers' bootstraps as processes."""

    def __init__(self, folder: pathlib.Path, requests_per_minute: float = 100_000, **sandbox: str | int | float) -> None:
        self.folder = folder
        self.requests_per_minute = requests_per_minute
        self.unpack(ROOT / "dist", folder)
        self.cloud = LocalCloud(folder / "cloud")
        self.sandbox = Sandbox(ROOT / ".build/release/wistia-sandbox", date=DAY, **sandbox)

    @staticmethod
    def unpack(zips: pathlib.Path, folder: pathlib.Path) -> None:
        for layer in LAYERS:
            with zipfile.ZipFile(zips / f"{layer}.zip") as archive:
                archive.extract("bootstrap", folder / layer)
            (folder / layer / "bootstrap").chmod(0o755)

    def __enter__(self) -> "Bench":
        self.cloud.start()
        try:
            self.sandbox.start()
        except BaseException:
            self.cloud.stop()
            raise
        self.s3 = self.cloud.client("s3")
        secrets = self.cloud.client("secretsmanager")
        secrets.create_secret(Name="token", SecretString=json.dumps({"api_token": Sandbox.TOKEN}))
        secrets.create_secret(Name="key", SecretString="an obviously fake key of 32 bytes or more")
        for bucket in LAYERS:
            self.s3.create_bucket(Bucket=bucket)
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.stop()
        self.cloud.stop()

    def invoke(self, layer: str, event: dict, timeout_seconds: float = 900, release: pathlib.Path | None = None) -> dict:
        """Runs a layer's bootstrap for one event, from process start to exit; its figures, and its answer as `answer`."""
        api = RuntimeAPI(event, timeout_seconds)
        figures = measured([str((release or self.folder) / layer / "bootstrap")], {
            "AWS_LAMBDA_RUNTIME_API": api.address, "AWS_ENDPOINT_URL": self.cloud.url, "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ROOT_CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": ROOT_CREDENTIALS["aws_secret_access_key"],
            "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold",
            "SOURCES": "wistia", "WISTIA_SECRET_ID": "token", "WISTIA_BASE_URL": self.sandbox.url, "PII_KEY_SECRET_ID": "key",
            "WISTIA_REQUESTS_PER_MINUTE": f"{self.requests_per_minute:g}"}, timeout_seconds)
        api.close()
        if api.error or not api.response:
            sys.exit(f"{layer} answered an error: {api.error}")
        return figures | {"answer": api.response}

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def empty(self, bucket: str) -> None:
        for key in self.keys(bucket):
            self.s3.delete_object(Bucket=bucket, Key=key)

    def download(self, bucket: str, prefix: str, folder: pathlib.Path) -> int:
        """Copies objects to files; returns their bytes."""
        size = 0
        for key in self.keys(bucket, prefix):
            target = folder / key
            target.parent.mkdir(parents=True, exist_ok=True)
            self.s3.download_file(bucket, key, str(target))
            size += target.stat().st_size
        return size


def notification(bucket: str, key: str) -> dict:
    return {"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": f"{DAY}T02:05:00.000Z",
        "eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=110_471)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--baseline", type=pathlib.Path, help="the folder of another release's zips")
    parser.add_argument("--json", type=pathlib.Path, help="also write every figure here")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="medallion-benchmark-"))
    try:
        with Bench(folder, visitors=arguments.visitors) as bench:
            run(bench, arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(bench: Bench, arguments: argparse.Namespace) -> None:
    baseline = None
    if arguments.baseline:
        baseline = bench.folder / "baseline"
        bench.unpack(arguments.baseline, baseline)
    crawl = bench.invoke("bronze", daily_event(DAY), release=baseline)
    parts_bytes = bench.download("bronze", "raw/", bench.folder / "parts")
    commit = bench.keys("bronze", "commits/")[0]
    print(f"{arguments.visitors} visitors, crawled in {crawl['wall']:.1f} s with {crawl['memory']:.0f} MiB; "
          f"parts {parts_bytes / 1e6:.1f} MB", flush=True)
    rounds = []

    def both(release: pathlib.Path | None = None) -> tuple[dict, dict]:
        bench.empty("silver")
        bench.empty("gold")
        return (bench.invoke("silver", notification("bronze", commit), release=release),
                bench.invoke("gold", notification("silver", commit), release=release))

    for number in range(arguments.rounds + 1):
        before = both(baseline) if baseline else None
        silver, gold = both()
        shutil.rmtree(bench.folder / "duckdb", ignore_errors=True)
        peer = measured([sys.executable, str(ROOT / "scripts/duckdb_peer.py"), str(bench.folder / "parts"),
                         str(bench.folder / "duckdb"), DAY], dict(os.environ))
        if number > 0:  # the first round warms the caches
            rounds.append({"silver": silver, "gold": gold, "duckdb": peer})
            if before:
                rounds[-1] |= {"baseline silver": before[0], "baseline gold": before[1]}
    report(rounds)
    if arguments.json:
        arguments.json.write_text(json.dumps(rounds, indent=2))
    compare(bench)


def report(rounds: list[dict]) -> None:
    def median(values) -> float:
        return statistics.median(list(values))

    print(f"{'median of ' + str(len(rounds)):<22}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}")
    names = ["silver", "gold", "duckdb"] + (["baseline silver", "baseline gold"] if "baseline silver" in rounds[0] else [])
    for name in names:
        print(f"{name:<22}" + "".join(
            f"{median(r[name][figure] for r in rounds):>{width}.{digits}f}"
            for figure, width, digits in (("wall", 9, 2), ("cpu", 9, 2), ("memory", 10, 0))))
    wall = median((r["silver"]["wall"] + r["gold"]["wall"]) / r["duckdb"]["wall"] for r in rounds)
    cpu = median((r["silver"]["cpu"] + r["gold"]["cpu"]) / r["duckdb"]["cpu"] for r in rounds)
    memory = median(max(r["silver"]["memory"], r["gold"]["memory"]) / r["duckdb"]["memory"] for r in rounds)
    print(f"{'(silver+gold)/duckdb':<22}{wall:>9.2f}{cpu:>9.2f}{memory:>10.2f}")
    if len(names) == 3:
        return
    for layer in ("silver", "gold"):
        print(f"{layer + '/baseline':<22}" + "".join(
            f"{median(r[layer][figure] / r['baseline ' + layer][figure] for r in rounds):>{width}.2f}"
            for figure, width in (("wall", 9), ("cpu", 9), ("memory", 10))))
    print(f"{'(silver+gold)/baseline':<22}" + "".join(
        f"{median((r['silver'][figure] + r['gold'][figure]) / (r['baseline silver'][figure] + r['baseline gold'][figure]) for r in rounds):>{width}.2f}"
        for figure, width in (("wall", 9), ("cpu", 9))))


def compare(bench: Bench) -> None:
    """Says whether both made the same tables, and ends the script if they did not: then their times do not compare."""
    folder = bench.folder
    others = []
    sizes = {"medallion": 0, "duckdb": 0}
    for bucket in ("silver", "gold"):
        bench.download(bucket, "wistia/", folder / "medallion")
    for peer in sorted((folder / "duckdb").glob("*.parquet")):
        ours = next((folder / "medallion/wistia" / peer.stem).rglob("*.parquet"))
        sizes["medallion"] += ours.stat().st_size
        sizes["duckdb"] += peer.stat().st_size
        mine, theirs = (duckdb.sql(f"SELECT * FROM read_parquet('{path}', hive_partitioning = false)") for path in (ours, peer))
        names = ", ".join(f'"{column}"' for column in mine.columns if column in theirs.columns)
        difference = duckdb.sql(
            f"SELECT count(*) FROM ((SELECT {names} FROM mine EXCEPT ALL SELECT {names} FROM theirs) UNION ALL "
            f"(SELECT {names} FROM theirs EXCEPT ALL SELECT {names} FROM mine))").fetchall()[0][0]
        rows = mine.aggregate("count(*)").fetchall()[0][0]
        lacking = sorted(set(mine.columns) ^ set(theirs.columns))
        if difference or lacking:
            others.append(peer.stem)
        print(f"{peer.stem:<26}{rows:>9} rows, {len(mine.columns)} columns, {difference} rows differ"
              + (f", only one has {', '.join(lacking)}" if lacking else ""))
    ours_alone = sorted(path.name for path in (folder / "medallion/wistia").iterdir()
                        if not (folder / "duckdb" / f"{path.name}.parquet").exists())
    others += ours_alone
    for name in ours_alone:
        print(f"{name:<26}only medallion makes it")
    print(f"table files: medallion {sizes['medallion'] / 1e6:.2f} MB, duckdb {sizes['duckdb'] / 1e6:.2f} MB")
    if others:
        sys.exit(f"benchmark.py: both do not make the same {', '.join(others)}")


if __name__ == "__main__":
    main()
