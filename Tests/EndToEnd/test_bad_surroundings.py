"""The packed functions where nothing can be written: a read-only root, a full /tmp, and a log that takes no line.

The functions keep nothing on disk, so none of that may matter. Each bootstrap runs in a root of its own that holds nothing
else, in a mount namespace; its Runtime API is played here, S3 and Secrets Manager by the local cloud.
"""

import http.server
import io
import json
import os
import queue
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from local_cloud import LAYERS, REGION, ROOT_CREDENTIALS, LocalCloud, Sandbox, daily_event

DAY = "2026-01-08"
VISITORS = 300
ANSWER_SECONDS = 60
# Proves what it claims before it starts the function.
NOTHING_CAN_BE_WRITTEN = """
    set -e
    mount -t tmpfs -o mode=755,size=64m root "$1"
    mkdir "$1/proc" "$1/tmp"
    cp "$2" "$1/bootstrap"
    mount -t proc proc "$1/proc"
    mount -t tmpfs -o mode=1777,size=4k full "$1/tmp"
    cat /dev/zero > "$1/tmp/fill" 2>/dev/null || true
    mount -o remount,ro "$1"
    if sh -c 'echo x > "$1/tmp/more"' sh "$1" 2>/dev/null && [ -s "$1/tmp/more" ]; then exit 97; fi
    if sh -c ': > "$1/file"' sh "$1" 2>/dev/null; then exit 98; fi
    exec chroot "$1" /bootstrap
"""
NAMESPACES = ["/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child"] + (
    [] if os.geteuid() == 0 else ["--user", "--map-root-user"])


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> None:
    """Without the right to make namespaces these tests do not run, and on CI they fail."""
    attempt = subprocess.run(
        [*NAMESPACES, "/bin/sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, text=True)
    if attempt.returncode != 0:
        message = f"a mount namespace cannot be made here: {attempt.stderr.strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


class RuntimeAPI(http.server.ThreadingHTTPServer):
    """Hands out events one by one and takes the answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.Queue[bytes] = queue.Queue()
        self.answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RuntimeAPI

    def do_GET(self) -> None:
        event = self.server.events.get()
        self._answer(200, event, {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 900_000),
            "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:000000000000:function:f"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.put((self.path.rsplit("/", 1)[1], json.loads(body)))
        self._answer(202, b"{}", {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Function:
    """A bootstrap that can write nowhere."""

    def __init__(self, zips: Path, folder: Path, layer: str, variables: dict[str, str]):
        self._api = RuntimeAPI()
        with zipfile.ZipFile(zips / f"{layer}.zip") as archive:
            bootstrap = Path(archive.extract("bootstrap", folder / layer))
        bootstrap.chmod(0o755)
        root = folder / f"{layer}-root"
        root.mkdir()
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": "/tmp", "HOME": "/tmp",
            "AWS_LAMBDA_RUNTIME_API": self._api.address, "AWS_LAMBDA_FUNCTION_NAME": layer,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024", "AWS_REGION": REGION, "LOG_LEVEL": "DEBUG",
            "AWS_ACCESS_KEY_ID": ROOT_CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": ROOT_CREDENTIALS["aws_secret_access_key"],
            "BRONZE_BUCKET": "full-bronze", "SILVER_BUCKET": "full-silver", "GOLD_BUCKET": "full-gold",
            "SOURCES": "wistia", "WISTIA_SECRET_ID": "full-token", "PII_KEY_SECRET_ID": "full-key"} | variables
        with open("/dev/full", "wb", buffering=0) as full:
            self._process = subprocess.Popen(
                [*NAMESPACES, "/bin/sh", "-c", NOTHING_CAN_BE_WRITTEN, "sh", str(root), str(bootstrap)],
                env=environment, stdin=subprocess.DEVNULL, stdout=full, stderr=full)

    def call(self, event: Any) -> tuple[str, Any]:
        """Gives the function an event: `response` or `error`, and the body."""
        self._api.events.put(json.dumps(event).encode())
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"it ended with {self._process.returncode} before it answered"
            try:
                return self._api.answers.get(timeout=0.2)
            except queue.Empty:
                continue
        raise AssertionError(f"no answer within {ANSWER_SECONDS} s")

    def stop(self) -> None:
        # unshare ends what it started along with itself.
        self._process.kill()
        self._process.wait()
        self._api.shutdown()
        self._api.server_close()


@pytest.fixture(scope="module")
def account(sandbox_executable: Path) -> Iterator[Sandbox]:
    with Sandbox(sandbox_executable, visitors=VISITORS, date=DAY) as account:
        yield account


@pytest.fixture(scope="module")
def functions(
        zips: Path, cloud: LocalCloud, account: Sandbox, tmp_path_factory: pytest.TempPathFactory,
        ) -> Iterator[dict[str, Function]]:
    for layer in LAYERS:
        cloud.client("s3").create_bucket(Bucket=f"full-{layer}")
    for name, field, value in [
            ("full-token", "api_token", Sandbox.TOKEN), ("full-key", "pii_key", "an obviously fake key of 32 bytes or more")]:
        cloud.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps({field: value}))
    variables = {
        "AWS_ENDPOINT_URL": cloud.url, "WISTIA_BASE_URL": account.url, "WISTIA_REQUESTS_PER_MINUTE": "6000"}
    folder = tmp_path_factory.mktemp("full")
    functions = {layer: Function(zips, folder, layer, variables) for layer in LAYERS}
    yield functions
    for function in functions.values():
        function.stop()


@pytest.mark.parametrize("layer", LAYERS)
def test_a_function_that_can_write_nowhere_still_refuses_and_answers(functions: dict[str, Function], layer: str):
    for _ in range(2):
        kind, body = functions[layer].call({"what": "is this"})
        assert kind == "error"
        assert body["errorType"] == "Function.EventRefused"
        assert "expected" in body["errorMessage"]
    kind, _ = functions[layer].call(
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": f"{DAY}T02:00:00.000Z", "Bucket": "full-bronze"})
    assert kind == "response"


def test_a_day_runs_through_functions_that_can_write_nowhere(functions: dict[str, Function], cloud: LocalCloud):
    kind, body = functions["bronze"].call(daily_event(DAY))
    assert kind == "response", body
    commit = body["reports"][0]["commit"]
    for layer, source in [("silver", "bronze"), ("gold", "silver")]:
        kind, body = functions[layer].call({"Records": [{
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": REGION, "eventTime": f"{DAY}T02:05:00.000Z",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": f"full-{source}"}, "object": {"key": commit}}}]})
        assert kind == "response", body
    key = "wistia/fact_audience_insights/part-0.parquet"
    content = cloud.client("s3").get_object(Bucket="full-gold", Key=key)["Body"].read()
    assert pq.read_table(io.BytesIO(content)).num_rows == VISITORS


@pytest.mark.parametrize("fault", ["no secret", "no bucket"])
def test_an_error_reaches_the_caller_where_no_line_can_be_logged(
        zips: Path, cloud: LocalCloud, account: Sandbox, tmp_path: Path, fault: str):
    variables = {"AWS_ENDPOINT_URL": cloud.url, "WISTIA_BASE_URL": account.url} | {
        "no secret": {"WISTIA_SECRET_ID": "nobody-made-this"},
        "no bucket": {"BRONZE_BUCKET": "nobody-made-this"}}[fault]
    function = Function(zips, tmp_path, "bronze", variables)
    try:
        kind, body = function.call(daily_event("2026-01-09"))
    finally:
        function.stop()
    assert kind == "error"
    assert "nobody-made-this" in body["errorMessage"]
    assert "\n" not in body["errorMessage"]
