"""Each bootstrap alone under AWS's own Runtime Interface Emulator, which comes inside the aws-sam-cli package."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulator import Emulator, memory_growth_kib
from local_cloud import LAYERS, REGION, ROOT_CREDENTIALS, Stack, event

VARIABLES = {
    "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold", "WISTIA_SECRET_ID": "token",
    "WISTIA_BASE_URL": "http://127.0.0.1:9", "WISTIA_MEDIA_IDS": "", "WISTIA_REQUESTS_PER_MINUTE": "480",
    "SOURCES": "wistia", "PII_MODE": "drop", "PII_KEY_SECRET_ID": "key", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-01-08T02:00:00.000Z", "Bucket": "bronze",
              "RequestId": "5582815E1AEA5ADF", "HostId": "example"}
# Of 400 invocations. URLSession and libcurl keep some 150 bytes of every request for ever.
GROWTH_MAXIMUM_KIB = 1024


def make(zips: Path, layer: str, folder: Path, variables: dict[str, str]) -> Emulator:
    with zipfile.ZipFile(zips / f"{layer}.zip") as archive:
        archive.extract("bootstrap", folder)
    (folder / "bootstrap").chmod(0o755)
    return Emulator(folder / "bootstrap", folder, variables)


@pytest.fixture(scope="module", params=LAYERS)
def emulator(request: pytest.FixtureRequest, zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = make(zips, request.param, tmp_path_factory.mktemp(request.param), VARIABLES)
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
    assert "errorType" not in emulator.call(json.dumps(TEST_EVENT).encode())


def test_it_still_answers_after_a_refusal(emulator: Emulator):
    emulator.call(b"{}")
    assert "errorType" in emulator.call(b"{}")


def test_500_events_do_not_grow_its_memory(emulator: Emulator):
    assert memory_growth_kib(emulator, [json.dumps(TEST_EVENT).encode(), b"{}"]) <= GROWTH_MAXIMUM_KIB


def test_500_events_that_lead_to_s3_do_not_grow_its_memory(stack: Stack, zips: Path, tmp_path: Path):
    """A commit that is not there costs a signed request and an error, and changes nothing for other tests."""
    variables = VARIABLES | {f"{layer.upper()}_BUCKET": stack.bucket(layer) for layer in LAYERS} | {
        "AWS_ENDPOINT_URL": stack.cloud.url, "AWS_REGION": REGION, "AWS_SESSION_TOKEN": "",
        "AWS_ACCESS_KEY_ID": ROOT_CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ROOT_CREDENTIALS["aws_secret_access_key"]}
    emulator = make(zips, "silver", tmp_path, variables)
    try:
        notification = event("silver-s3-notification")
        notification["Records"][0]["s3"]["bucket"]["name"] = stack.bucket("bronze")
        notification["Records"][0]["s3"]["object"]["key"] = "commits/wistia/2026-01-01/20260101T020000Z-00000000.json"
        body = json.dumps(notification).encode()
        assert json.loads(emulator.call(body))["errorType"] == "Function.MissingObject"
        assert memory_growth_kib(emulator, [body]) <= GROWTH_MAXIMUM_KIB
    finally:
        emulator.stop()
