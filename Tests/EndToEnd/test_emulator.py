"""Each bootstrap alone under AWS's own Runtime Interface Emulator, which comes inside the aws-sam-cli package."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulator import Emulator
from local_cloud import LAYERS

VARIABLES = {
    "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold", "WISTIA_SECRET_ID": "token",
    "WISTIA_BASE_URL": "http://127.0.0.1:9", "WISTIA_MEDIA_IDS": "", "WISTIA_REQUESTS_PER_MINUTE": "480",
    "PII_MODE": "drop", "PII_KEY_SECRET_ID": "key", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


@pytest.fixture(scope="module", params=LAYERS)
def emulator(request: pytest.FixtureRequest, zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp(request.param)
    with zipfile.ZipFile(zips / f"{request.param}.zip") as archive:
        archive.extract("bootstrap", folder)
    (folder / "bootstrap").chmod(0o755)
    emulator = Emulator(folder / "bootstrap", folder, VARIABLES)
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
