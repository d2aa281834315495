"""AWS's own Runtime Interface Emulator, which comes inside the aws-sam-cli package, around one function."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path

from local_cloud import free_port, stop_process, wait_until

EMULATOR = {"x86_64": "aws-lambda-rie-x86_64", "aarch64": "aws-lambda-rie-arm64"}[platform.machine()]


class Emulator:
    """A function's executable under the emulator; calls from several threads take turns."""

    def __init__(self, executable: Path, folder: Path, variables: dict[str, str], timeout_seconds: int = 20):
        self._url = f"http://127.0.0.1:{free_port()}"
        self._timeout_seconds = timeout_seconds
        self._executable = executable
        # Two calls at once make the emulator panic.
        self._turn = threading.Lock()
        samcli = Path(importlib.util.find_spec("samcli").origin).parent
        # The one in the package is not executable.
        emulator = Path(shutil.copy(samcli / "local" / "rapid" / EMULATOR, folder))
        emulator.chmod(0o755)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [emulator, "--log-level", "warn",
                 "--runtime-interface-emulator-address", self._url.removeprefix("http://"),
                 "--runtime-api-address", f"127.0.0.1:{free_port()}", executable, "bootstrap"],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env={
                    "PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds), "AWS_REGION": "us-east-1",
                    "AWS_LAMBDA_FUNCTION_NAME": "medallion", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
                    "AWS_SECRET_ACCESS_KEY": "example", "AWS_SESSION_TOKEN": "example"} | variables)
        wait_until(self._is_up, 20, "the emulator listens")

    def _is_up(self) -> bool:
        try:
            urllib.request.urlopen(self._url, timeout=1).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def call(self, event: bytes) -> str:
        """What the function answered, or the emulator in its place; its status says little and is left out."""
        request = urllib.request.Request(f"{self._url}/2015-03-31/functions/function/invocations", data=event)
        with self._turn:
            try:
                with urllib.request.urlopen(request, timeout=self._timeout_seconds + 10) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.read().decode()

    def memory_kib(self, name: str) -> int:
        """A figure of the function's process, such as VmRSS, from /proc."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        # The emulator's threads start it, so each of them may be the parent.
        for task in children.parent.parent.iterdir():
            for process in (task / "children").read_text().split():
                status = Path(f"/proc/{process}/status").read_text()
                return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))
        raise AssertionError("the function does not run")

    def stop(self) -> None:
        stop_process(self._process)


def memory_growth_kib(emulator: Emulator, events: list[bytes]) -> int:
    """How much more memory a process occupies after 500 invocations than after 100, which may fill its caches."""
    occupied = []
    for count in (100, 400):
        for index in range(count):
            emulator.call(events[index % len(events)])
        occupied.append(emulator.memory_kib("VmRSS"))
    return occupied[1] - occupied[0]
