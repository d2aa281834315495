"""Each bootstrap against HTTPS servers, in a root that holds nothing but a bundle of trusted authorities."""

import json
import ssl
import zipfile
from pathlib import Path

import empty_root
import pytest
from https_server import Authority, HTTPSServer
from local_cloud import LAYERS, event

AMAZON_LINUX_BUNDLE = "/etc/pki/tls/certs/ca-bundle.crt"
DEBIAN_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
# localhost is resolved from this file on Lambda as well.
HOSTS = {"/etc/hosts": b"127.0.0.1 localhost\n"}
KEY = "commits/wistia/2026-01-08/20260108T020000Z-7d4f8c1e.json"

# By layer: the variable of the address that is tried, how a reached server shows, and the error type of one that is refused.
PEERS = {
    "bronze": ("WISTIA_BASE_URL", "Function.WistiaUnauthorized", "Function.WistiaUntrustedServer"),
    "silver": ("AWS_ENDPOINT_URL_S3", "Function.MissingObject", "Function.StorageTransport"),
    "gold": ("AWS_ENDPOINT_URL_S3", "Function.MissingObject", "Function.StorageTransport"),
}


pytestmark = pytest.mark.usefixtures("empty_roots")


@pytest.fixture(scope="module")
def bootstraps(zips: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bootstraps")
    for layer in LAYERS:
        with zipfile.ZipFile(zips / f"{layer}.zip") as archive:
            archive.extract("bootstrap", folder / layer)
        (folder / layer / "bootstrap").chmod(0o755)
    return {layer: folder / layer / "bootstrap" for layer in LAYERS}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def good(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority.issue(tmp_path_factory.mktemp("certificates"))


def ask(
    bootstraps: dict[str, Path], layer: str, url: str, files: dict[str, bytes], others: str | None = None,
    variables: dict[str, str] | None = None,
) -> empty_root.Answer:
    """Sends a layer an event that makes it talk to a server; it finds the other services at the second address."""
    if layer == "bronze":
        payload = event("bronze-schedule-rule")
    else:
        payload = event(f"{layer}-s3-notification")
        payload["Records"][0]["s3"]["bucket"]["name"] = {"silver": "bronze", "gold": "silver"}[layer]
    addresses = {
        "AWS_ENDPOINT_URL_S3": others or url, "AWS_ENDPOINT_URL_SECRETS_MANAGER": others or url, "WISTIA_BASE_URL": others or url,
        PEERS[layer][0]: url}
    return empty_root.answer(
        bootstraps[layer], layer, json.dumps(payload).encode(), variables=addresses | (variables or {}), files=HOSTS | files)


def kind(answer: empty_root.Answer) -> str:
    return json.loads(answer.text).get("errorType", "") if answer.is_error else "no error"


@pytest.mark.parametrize("bundle", [AMAZON_LINUX_BUNDLE, DEBIAN_BUNDLE, "/elsewhere.pem"])
@pytest.mark.parametrize("layer", LAYERS)
def test_it_reaches_a_server_of_a_trusted_authority(
        bootstraps: dict[str, Path], authority: Authority, good: Path, layer: str, bundle: str):
    variables = {"SSL_CERT_FILE": bundle} if bundle == "/elsewhere.pem" else {}
    with HTTPSServer(good) as server:
        answer = ask(bootstraps, layer, server.url(), {bundle: authority.bundle}, variables=variables)
        assert kind(answer) == PEERS[layer][1], answer
        if layer == "bronze":
            assert {"GET /bronze/state/wistia.json", "POST /", "GET /v1/medias.json"} <= set(server.requests)
        else:
            assert f"GET /{ {'silver': 'bronze', 'gold': 'silver'}[layer] }/{KEY}" in server.requests


# What the error says of each.
REFUSED = {
    "another host's name": "no alternative certificate subject name matches target host name 'localhost'",
    "expired": "certificate has expired, or the clock here is wrong",
    "not yet valid": "certificate is not yet valid, or the clock here is wrong",
    "self-signed": "self-signed certificate",
    "unknown authority": "unable to get local issuer certificate",
    "no bundle": "unable to get local issuer certificate",
}


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize("layer", LAYERS)
def test_it_refuses_a_server_that_it_cannot_trust(
        bootstraps: dict[str, Path], authority: Authority, good: Path, tmp_path: Path, layer: str, fault: str):
    certificate = {
        "another host's name": lambda: authority.issue(tmp_path, "wistia.example"),
        "expired": lambda: authority.issue(tmp_path, is_expired=True),
        "not yet valid": lambda: authority.issue(tmp_path, is_future=True),
        "self-signed": lambda: authority.issue(tmp_path, is_self_signed=True),
        "unknown authority": lambda: Authority("Somebody else").issue(tmp_path),
    }.get(fault, lambda: good)()
    files = {} if fault == "no bundle" else {AMAZON_LINUX_BUNDLE: authority.bundle}
    with HTTPSServer(certificate) as server, HTTPSServer(good) as others:
        # What comes before, S3 for bronze and the secret for both, has a good server; without a bundle no server is good.
        first = {"bronze": "Function.StorageTransport", "silver": "Function.SecretsManager", "gold": PEERS["gold"][2]}
        is_first = layer == "gold" or fault == "no bundle"
        answer = ask(bootstraps, layer, server.url(), files, None if is_first else others.url())
        assert (kind(answer), server.requests) == (first[layer] if is_first else PEERS[layer][2], []), answer
        message = json.loads(answer.text)["errorMessage"]
        assert "\n" not in message
        assert f"untrusted server: the certificate of localhost:{server.port} was refused: {REFUSED[fault]}; check " in message
        assert "and the bundle of trusted authorities" in message
        assert len(others.requests) > 0 or is_first


def test_it_refuses_old_versions_of_the_protocol(bootstraps: dict[str, Path], authority: Authority, good: Path):
    with HTTPSServer(good, newest=ssl.TLSVersion.TLSv1_1) as server:
        answer = ask(bootstraps, "gold", server.url(), {AMAZON_LINUX_BUNDLE: authority.bundle})
        assert (kind(answer), server.requests) == ("Function.StorageTransport", []), answer
        message = json.loads(answer.text)["errorMessage"]
        assert f"untrusted server: no secure connection to localhost:{server.port}, which must offer TLS 1.2 or later: " in message
        assert "SSL routines" in message and " attempts" not in message


def test_it_holds_the_name_against_an_address_too(bootstraps: dict[str, Path], authority: Authority, good: Path, tmp_path: Path):
    files = {AMAZON_LINUX_BUNDLE: authority.bundle}
    with HTTPSServer(good) as server:
        assert kind(ask(bootstraps, "gold", server.url("127.0.0.1"), files)) == "Function.StorageTransport"
        assert server.requests == []
    with HTTPSServer(authority.issue(tmp_path, "127.0.0.1")) as server:
        assert kind(ask(bootstraps, "gold", server.url("127.0.0.1"), files)) == "Function.MissingObject"
