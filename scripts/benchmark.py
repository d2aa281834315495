#!/usr/bin/env python3
"""Times silver and gold against DuckDB, side by side in one run, on the same bronze parts.

Usage: .venv/bin/python scripts/benchmark.py [--visitors 110471] [--rounds 5] [--json FILE]
Needs: scripts/install.sh and scripts/build.sh to have run (dist/*.zip), and the release build of wistia-sandbox.

A sandbox account is crawled once by the real bronze bootstrap into the local cloud's S3. Then, in turn, silver and gold run
as fresh processes (process start to exit, one invocation each, objects read from and written to that S3 over HTTP into
emptied buckets), and a fresh Python process makes the same tables with DuckDB from the same parts as local files
(duckdb_peer.py). Wall time, CPU time and peak memory are the kernel's figures of each finished process; medians and their ratio
are printed. DuckDB is spared the network, medallion is not.
"""

import argparse
import http.server
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile

import boto3

ROOT = pathlib.Path(__file__).resolve().parent.parent
DAY = "2026-01-08"
RUN_EVENT = {
    "version": "0", "id": "0b5e4a3c-0000-4000-8000-000000000001", "detail-type": "Scheduled Event",
    "source": "aws.events", "account": "000000000000", "time": f"{DAY}T02:00:00Z", "region": "us-east-1",
    "resources": ["arn:aws:events:us-east-1:000000000000:rule/benchmark"], "detail": {},
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()


def measured(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Runs a process to its end; seconds and MiB as the kernel counted them."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed with status {process.returncode}: {errors.decode()[-2000:]}")
    return {
        "wall": time.perf_counter() - begin, "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
    }


class Bench:
    def __init__(self, folder: pathlib.Path, visitors: int) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.start([str(ROOT / ".venv/bin/ministack")], {
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "AWS_ENDPOINT_URL": self.endpoint,
            "SERVICES": "s3,secretsmanager"})
        for layer in ("bronze", "silver", "gold"):
            with zipfile.ZipFile(ROOT / f"dist/{layer}.zip") as archive:
                archive.extract("bootstrap", folder / layer)
            (folder / layer / "bootstrap").chmod(0o755)
        ready = folder / "sandbox.json"
        binary = subprocess.run(
            ["swift", "build", "--configuration", "release", "--scratch-path", ".build-sandbox", "--show-bin-path"],
            cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        with ready.open("w") as output:
            self.start([f"{binary}/wistia-sandbox", "--visitors", str(visitors), "--date", DAY,
                        "--token", "sandbox-token"], {}, output)
        self.wait(lambda: ready.read_text().endswith("\n"), "the sandbox")
        self.wistia = json.loads(ready.read_text().splitlines()[0])["url"]
        self.s3 = boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1",
                               aws_access_key_id="test", aws_secret_access_key="test")
        self.wait(self.is_up, "the local cloud")
        secrets = boto3.client("secretsmanager", endpoint_url=self.endpoint, region_name="us-east-1",
                               aws_access_key_id="test", aws_secret_access_key="test")
        secrets.create_secret(Name="token", SecretString='{"api_token": "sandbox-token"}')
        secrets.create_secret(Name="key", SecretString="benchmark-key-of-thirty-two-bytes-or-more")
        for bucket in ("bronze", "silver", "gold"):
            self.s3.create_bucket(Bucket=bucket)

    def is_up(self) -> bool:
        try:
            self.s3.list_buckets()
            return True
        except Exception:
            return False

    def start(self, command: list[str], environment: dict[str, str], output=None) -> None:
        log = (self.folder / f"{pathlib.Path(command[0]).name}.log").open("w")
        self.processes.append(subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=output or log, stderr=log, cwd=self.folder))

    def wait(self, condition, what: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"{what} did not come up within {seconds} s")
            time.sleep(0.05)

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()

    def invoke(self, layer: str, event: dict) -> dict[str, float]:
        """Runs a layer's bootstrap for one event, from process start to exit."""
        api = RuntimeAPI(event, 900)
        figures = measured([str(self.folder / layer / "bootstrap")], {
            "PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": api.address, "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_LAMBDA_FUNCTION_NAME": layer, "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold",
            "WISTIA_SECRET_ID": "token", "WISTIA_BASE_URL": self.wistia, "WISTIA_REQUESTS_PER_MINUTE": "100000",
            "PII_MODE": "hash", "PII_KEY_SECRET_ID": "key"})
        api.close()
        if api.error or not api.response:
            sys.exit(f"{layer} answered an error: {api.error}")
        return figures

    def empty(self, bucket: str) -> None:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", []):
                self.s3.delete_object(Bucket=bucket, Key=entry["Key"])

    def download(self, bucket: str, prefix: str, folder: pathlib.Path) -> int:
        size = 0
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                target = folder / entry["Key"]
                target.parent.mkdir(parents=True, exist_ok=True)
                self.s3.download_file(bucket, entry["Key"], str(target))
                size += entry["Size"]
        return size


def notification(bucket: str, key: str) -> dict:
    return {"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": f"{DAY}T02:05:00.000Z",
        "eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=110_471)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, help="also write every figure here")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="medallion-benchmark-"))
    bench = Bench(folder, arguments.visitors)
    try:
        crawl = bench.invoke("bronze", RUN_EVENT)
        parts_bytes = bench.download("bronze", "raw/", folder / "parts")
        commit = bench.s3.list_objects_v2(Bucket="bronze", Prefix="commits/")["Contents"][0]["Key"]
        print(f"{arguments.visitors} visitors, crawled in {crawl['wall']:.1f} s with {crawl['memory']:.0f} MiB; "
              f"parts {parts_bytes / 1e6:.1f} MB", flush=True)
        rounds = []
        for number in range(arguments.rounds + 1):
            bench.empty("silver")
            bench.empty("gold")
            silver = bench.invoke("silver", notification("bronze", commit))
            gold = bench.invoke("gold", notification("silver", commit))
            shutil.rmtree(folder / "duckdb", ignore_errors=True)
            peer = measured([str(ROOT / ".venv/bin/python"), str(ROOT / "scripts/duckdb_peer.py"),
                             str(folder / "parts"), str(folder / "duckdb"), DAY], dict(os.environ))
            if number > 0:  # the first round warms the caches
                rounds.append({"silver": silver, "gold": gold, "duckdb": peer})
        report(rounds)
        compare(bench, folder)
        if arguments.json:
            arguments.json.write_text(json.dumps(rounds, indent=2))
    finally:
        bench.stop()
        shutil.rmtree(folder, ignore_errors=True)


def report(rounds: list[dict]) -> None:
    def median(values) -> float:
        return statistics.median(list(values))

    print(f"{'median of ' + str(len(rounds)):<22}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}")
    for name in ("silver", "gold", "duckdb"):
        print(f"{name:<22}" + "".join(
            f"{median(r[name][figure] for r in rounds):>{width}.{digits}f}"
            for figure, width, digits in (("wall", 9, 2), ("cpu", 9, 2), ("memory", 10, 0))))
    wall = median((r["silver"]["wall"] + r["gold"]["wall"]) / r["duckdb"]["wall"] for r in rounds)
    cpu = median((r["silver"]["cpu"] + r["gold"]["cpu"]) / r["duckdb"]["cpu"] for r in rounds)
    memory = median(max(r["silver"]["memory"], r["gold"]["memory"]) / r["duckdb"]["memory"] for r in rounds)
    print(f"{'(silver+gold)/duckdb':<22}{wall:>9.2f}{cpu:>9.2f}{memory:>10.2f}")


def compare(bench: Bench, folder: pathlib.Path) -> None:
    """Both made the same tables: rows, and the sums of what they have in common."""
    import duckdb

    sizes = {"medallion": 0, "duckdb": 0}
    for bucket in ("silver", "gold"):
        bench.download(bucket, "wistia/", folder / "medallion")
    for peer in sorted((folder / "duckdb").glob("*.parquet")):
        ours = next((folder / "medallion/wistia" / peer.stem).rglob("*.parquet"))
        sizes["medallion"] += ours.stat().st_size
        sizes["duckdb"] += peer.stat().st_size
        left, right = (duckdb.sql(f"SELECT * FROM read_parquet('{path}', hive_partitioning = false)") for path in (ours, peer))
        common = [column for column in left.columns if column in right.columns]
        names = ", ".join(f'"{column}"' for column in common)
        difference = duckdb.sql(
            f"SELECT count(*) FROM ((SELECT {names} FROM left EXCEPT ALL SELECT {names} FROM right) UNION ALL "
            f"(SELECT {names} FROM right EXCEPT ALL SELECT {names} FROM left))").fetchone()[0]
        rows = left.aggregate("count(*)").fetchone()[0]
        print(f"{peer.stem:<26}{rows:>9} rows, {len(common)} columns compared, {difference} rows differ")
    print(f"table files: medallion {sizes['medallion'] / 1e6:.2f} MB, duckdb {sizes['duckdb'] / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
