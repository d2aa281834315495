"""The local cloud: ministack, the Wistia sandbox and the deployed stack, as objects that the scripts and the tests share.

ministack stands in for AWS on one machine without Docker. It runs the real template and the real zips; functions are host
processes that speak the real Lambda Runtime API. Everything listens on 127.0.0.1 only.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import botocore.config
import botocore.exceptions

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "infra" / "template.yaml"
LAYERS = ("bronze", "silver", "gold")
REGION = "us-east-1"
# ministack takes a key of twelve digits for the root user of that account.
ROOT_CREDENTIALS = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "local"}
# What of this machine's environment ministack may see, because its functions inherit it: no token, no AWS profile.
PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR",
)


class LocalCloudError(Exception):
    """What went wrong, and what to do about it."""


def wait_until(condition: Callable[[], Any], seconds: float, what: str, pause_seconds: float = 0.05) -> Any:
    """Asks until the condition is truthy and returns its value; raises `LocalCloudError` when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise LocalCloudError(f"waiting failed: {what}: not within {seconds:g} s")
        time.sleep(pause_seconds)
    return found


def stop_process(process: subprocess.Popen | None, seconds: float = 20) -> None:
    """Ends a process that was started here: asks first, then insists."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class LocalCloud:
    """A ministack process whose state lives in one folder and outlives the process.

    Objects are plain files at `<folder>/objects/<account>/<bucket>/<key>`, each with a `.meta.json` beside it.
    """

    def __init__(self, folder: Path, *, auth: bool = False, retry_seconds: float = 1):
        self.folder = folder.resolve()
        self.auth = auth
        self.retry_seconds = retry_seconds
        self.log = self.folder / "ministack.log"
        self.objects = self.folder / "objects"
        self.url = ""
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> LocalCloud:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        for name in ("state", "objects", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AWS_ENDPOINT_URL": self.url,  # ministack gives this one to every function
            "MINISTACK_REGION": REGION,
            "AUTH": "true" if self.auth else "false",
            "LAMBDA_EXECUTOR": "local",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(self.retry_seconds),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.objects),
            "TMPDIR": str(self.folder / "tmp"),
            "HOME": str(self.folder),
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [ROOT / ".venv" / "bin" / "ministack"], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        wait_until(self._is_up, 60, f"ministack answers at {self.url}")

    def _is_up(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise LocalCloudError(f"ministack ended at once; the end of {self.log}:\n{self.log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """Ends ministack, which writes its state before it goes."""
        stop_process(self._process)
        self._process = None
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def client(self, service: str, **credentials: str) -> botocore.client.BaseClient:
        """A boto3 client, as root unless credentials are given."""
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, **(credentials or ROOT_CREDENTIALS),
            config=botocore.config.Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 2}, connect_timeout=5, read_timeout=60))
