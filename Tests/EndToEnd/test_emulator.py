"""Each bootstrap alone under AWS's own Runtime Interface Emulator, which comes inside the aws-sam-cli package."""

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_cloud import LAYERS, free_port, stop_process, wait_until

EMULATOR = {"x86_64": "aws-lambda-rie-x86_64", "aarch64": "aws-lambda-rie-arm64"}[platform.machine()]
VARIABLES = {
    "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold", "WISTIA_SECRET_ID": "token",
    "WISTIA_BASE_URL": "http://127.0.0.1:9", "WISTIA_MEDIA_IDS": "", "WISTIA_REQUESTS_PER_MINUTE": "480",
    "PII_MODE": "drop", "PII_KEY_SECRET_ID": "key", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


class Emulator:
    """A bootstrap under the emulator; calls one at a time."""

    def __init__(self, folder: Path, layer: str):
        self._url = f"http://127.0.0.1:{free_port()}"
        samcli = Path(importlib.util.find_spec("samcli").origin).parent
        # The one in the package is not executable.
        emulator = Path(shutil.copy(samcli / "local" / "rapid" / EMULATOR, folder))
        emulator.chmod(0o755)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [emulator, "--log-level", "warn",
                 "--runtime-interface-emulator-address", self._url.removeprefix("http://"),
                 "--runtime-api-address", f"127.0.0.1:{free_port()}", folder / "bootstrap", "bootstrap"],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env=VARIABLES | {
                    "PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_TIMEOUT": "20", "AWS_REGION": "us-east-1",
                    "AWS_LAMBDA_FUNCTION_NAME": f"medallion-{layer}", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
                    "AWS_SECRET_ACCESS_KEY": "example", "AWS_SESSION_TOKEN": "example"})
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
        request = urllib.request.Request(f"{self._url}/2015-03-31/functions/function/invocations", data=event)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def stop(self) -> None:
        stop_process(self._process)


@pytest.fixture(scope="module", params=LAYERS)
def emulator(request: pytest.FixtureRequest, zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp(request.param)
    with zipfile.ZipFile(zips / f"{request.param}.zip") as archive:
        archive.extract("bootstrap", folder)
    (folder / "bootstrap").chmod(0o755)
    emulator = Emulator(folder, request.param)
    yield emulator
    emulator.stop()


@pytest.mark.parametrize(
    "event", [b"{}", b"[]", b'"text"', b'{"Records":[]}', b'{"id":"x","time":"yesterday","source":"wistia"}'],
    ids=["empty object", "array", "text", "no records", "unreadable time"])
def test_a_refused_event_is_answered_with_an_error(emulator: Emulator, event: bytes):
    answer = json.loads(emulator.call(event))
    assert set(answer) >= {"errorType", "errorMessage"}
    assert "expected" in answer["errorMessage"]
    assert "\n" not in answer["errorMessage"]


def test_a_test_event_of_s3_is_accepted(emulator: Emulator):
    event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-01-08T02:00:00.000Z", "Bucket": "bronze",
             "RequestId": "5582815E1AEA5ADF", "HostId": "example"}
    assert "errorType" not in emulator.call(json.dumps(event).encode())


def test_it_still_answers_after_a_refusal(emulator: Emulator):
    emulator.call(b"{}")
    assert "errorType" in emulator.call(b"{}")
