#!/usr/bin/env python3
"""Measures the packed Lambda functions and checks that each runs anywhere.

Per layer: the zip's size; the time from just before the process starts to the first byte of its first request for an
event, beside a Python process that asks the same with http.client, run in turns; that it is fully static; that it
answers an event in a root that holds nothing but the file and /proc.

Usage:  scripts/measure-bootstrap.py [--layer NAME]... [--runs N] [--env NAME=VALUE]... [--report-only]
Needs:  dist/*.zip (scripts/build.sh), Python 3.11, unshare and ldd; for the empty root, root or user namespaces
Exits:  1 when a bar is missed (not with --report-only), 2 when a bootstrap does not work
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYERS = ("bronze", "silver", "gold")
NEXT = b"GET /2018-06-01/runtime/invocation/next "
REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
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
ANSWER_SECONDS = 10


class BrokenBootstrap(Exception):
    """A bootstrap that does not do its work; the text says what it did."""


def environment(server: socket.socket, layer: str, extra: list[str]) -> dict[str, str]:
    """What Lambda sets; the credentials are nobody's."""
    host, port = server.getsockname()
    return {
        "AWS_LAMBDA_RUNTIME_API": f"{host}:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": layer,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_SESSION_TOKEN": "none",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/usr/local/bin:/usr/bin/:/bin",
        "BRONZE_BUCKET": "bronze",
        "SILVER_BUCKET": "silver",
        "GOLD_BUCKET": "gold",
        "WISTIA_SECRET_ID": "none",
        "PII_KEY_SECRET_ID": "none",
        **dict(pair.split("=", 1) for pair in extra),
    }


def listen() -> socket.socket:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(ANSWER_SECONDS)
    return server


@contextlib.contextmanager
def running(command: list[str], env: dict[str, str], output: pathlib.Path):
    """Starts a process, yields its id, and kills it at the end."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    pid = os.posix_spawn(command[0], command, env, file_actions=actions)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def accept(server: socket.socket, command: list[str], output: pathlib.Path) -> socket.socket:
    try:
        return server.accept()[0]
    except TimeoutError:
        said = output.read_text(errors="replace").strip() or "nothing"
        raise BrokenBootstrap(f"{command[0]} asked for nothing in {ANSWER_SECONDS} s; it wrote: {said}") from None


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


def read_request(connection: socket.socket) -> tuple[str, bytes]:
    """The request line and the body of one request that has a Content-Length or no body."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError
        received += chunk
    head, body = received.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    while len(body) < int(fields.get("content-length", 0)):
        body += connection.recv(65536)
    return lines[0], body


def answer_in_empty_root(bootstrap: pathlib.Path, layer: str, extra: list[str], output: pathlib.Path) -> str:
    """Hands one event to a bootstrap that sees no other file, and returns its answer.

    The root is a file system of its own in a mount namespace, so nothing of it outlives the process.
    """
    script = """
        set -e
        mount -t tmpfs -o mode=755 empty "$1"
        mkdir "$1/proc"
        cp "$2" "$1/bootstrap"
        mount -t proc proc "$1/proc"
        exec chroot "$1" /bootstrap
    """
    namespaces = ["--mount", "--pid", "--fork", "--kill-child"]
    if os.geteuid() != 0:
        namespaces += ["--user", "--map-root-user"]
    with listen() as server, tempfile.TemporaryDirectory() as folder:
        command = ["/usr/bin/unshare", *namespaces, "/bin/sh", "-c", script, "sh", folder, str(bootstrap)]
        env = environment(server, layer, extra) | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        with running(command, env, output):
            deadline = time.monotonic() + ANSWER_SECONDS
            handed_out = False
            while time.monotonic() < deadline:
                with accept(server, command, output) as connection, contextlib.suppress(ConnectionError):
                    connection.settimeout(ANSWER_SECONDS)
                    while True:
                        request, body = read_request(connection)
                        method, path = request.split(" ")[:2]
                        if method == "POST":
                            text = body.decode(errors="replace")
                            if path.endswith(f"/{REQUEST_ID}/response"):
                                return text
                            raise BrokenBootstrap(f"{layer} in an empty root: {method} {path}: {text}")
                        if handed_out:
                            raise BrokenBootstrap(f"{layer} in an empty root asked for a second event unanswered")
                        handed_out = True
                        event = json.dumps(EVENT).encode()
                        head = (
                            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(event)}\r\n"
                            f"Lambda-Runtime-Aws-Request-Id: {REQUEST_ID}\r\n"
                            f"Lambda-Runtime-Deadline-Ms: {int(time.time() * 1000) + 60_000}\r\n"
                            f"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:{layer}\r\n"
                            "\r\n"
                        )
                        connection.sendall(head.encode() + event)
    raise BrokenBootstrap(f"{layer} in an empty root did not answer; it wrote: {output.read_text(errors='replace')}")


def require_static(bootstrap: pathlib.Path) -> None:
    ldd = subprocess.run(["ldd", bootstrap], capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
    if "not a dynamic executable" not in ldd.stdout + ldd.stderr:
        raise BrokenBootstrap(f"{bootstrap.parent.name} is not fully static: {ldd.stdout}")


def summary(times: list[float]) -> str:
    return f"{statistics.median(times):6.1f} ({min(times):.1f} to {max(times):.1f})"


def measure(layers: list[str], runs: int, extra: list[str], folder: pathlib.Path) -> list[str]:
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
        answer_in_empty_root(bootstrap, layer, extra, output)

        ours, pythons = [], []
        with listen() as server:
            env = environment(server, layer, extra)
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
            missed = measure(options.layers or list(LAYERS), options.runs, options.env, pathlib.Path(folder))
    except BrokenBootstrap as error:
        print(error, file=sys.stderr)
        return 2
    except FileNotFoundError as error:
        print(f"{error.filename} is missing; run scripts/build.sh", file=sys.stderr)
        return 2
    for bar in missed:
        print(f"missed: {bar}", file=sys.stderr)
    if not missed:
        print("every bootstrap is fully static, answers in an empty root and keeps its bars")
    return 1 if missed and not options.report_only else 0


if __name__ == "__main__":
    sys.exit(main())
