"""A throw-away authority, its certificates, and an HTTPS server on this machine that answers as S3, Secrets Manager and
Wistia do when there is nothing."""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
EMPTY_LIST = b'<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
NO_SUCH_KEY = b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>'


class Authority:
    """A certificate authority that nobody else trusts."""

    def __init__(self, name: str = "Medallion test authority"):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = (
            builder(self._name, self._name, self._key.public_key(), NOW + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(self._key, hashes.SHA256()))

    @property
    def bundle(self) -> bytes:
        """What a root has in its bundle of trusted authorities."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self, folder: Path, name: str = "localhost", *, is_expired: bool = False, is_future: bool = False,
        is_self_signed: bool = False,
    ) -> Path:
        """A server's key and certificate, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        since = NOW + HOUR if is_future else NOW - DAY
        until = NOW - HOUR if is_expired else NOW + DAY
        try:
            alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            builder(subject, subject if is_self_signed else self._name, key.public_key(), until, since)
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(key if is_self_signed else self._key, hashes.SHA256()))
        path = folder / f"{name}-{'expired' if is_expired else 'self-signed' if is_self_signed else 'good'}.pem"
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + certificate.public_bytes(serialization.Encoding.PEM))
        return path


def builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime.datetime,
    since: datetime.datetime = NOW - DAY,
) -> x509.CertificateBuilder:
    """What all certificates have in common."""
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
            .serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/v1/"):
            self._answer(401, b'{"code":"unauthorized_credentials","error":"no such token"}')
        elif "list-type=2" in self.path:
            self._answer(200, EMPTY_LIST)
        else:
            self._answer(404, NO_SUCH_KEY)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        secret = {"api_token": "not-a-token", "pii_key": "not-a-key-" * 4}
        self._answer(200, json.dumps({"SecretString": json.dumps(secret)}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.server.requests.append(f"{self.command} {self.path.split('?')[0]}")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class LocalServer(ThreadingHTTPServer):
    """A server on a free port of 127.0.0.1 with a thread of its own; a context manager."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]):
        super().__init__(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def port(self) -> int:
        return self.server_address[1]


class HTTPSServer(LocalServer):
    """An HTTPS server."""

    def __init__(self, certificate: Path, newest: ssl.TLSVersion | None = None):
        super().__init__(Handler)
        self.requests: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if newest is not None:
            # Else this OpenSSL's own policy would refuse, and not the client.
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = newest
        # The handshake belongs to the connection's thread.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def url(self, host: str = "localhost") -> str:
        return f"https://{host}:{self.port}"

    def handle_error(self, *_: object) -> None:
        """A client that ends the handshake is what is wanted."""
