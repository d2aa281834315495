"""A function behind a proxy, as in a network that lets nothing else out."""

from __future__ import annotations

import json
import select
import socket
import zipfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import empty_root
import pytest
from https_server import Authority, HTTPSServer, LocalServer
from local_cloud import event

BUNDLE = "/etc/pki/tls/certs/ca-bundle.crt"


class Proxy(LocalServer):
    """Tunnels every CONNECT to one port of this machine, whatever host it names, and refuses all else."""

    def __init__(self, port: int):
        requests: list[str] = []
        self.requests = requests

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                requests.append(self.requestline)
                self.send_response(200)
                self.end_headers()
                with socket.create_connection(("127.0.0.1", port)) as server:
                    ends = {self.connection: server, server: self.connection}
                    while True:
                        for end in select.select(list(ends), [], [])[0]:
                            data = end.recv(65536)
                            if not data:
                                return
                            ends[end].sendall(data)

            def do_GET(self) -> None:
                requests.append(self.requestline)
                self.send_error(403)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}"


@pytest.mark.usefixtures("empty_roots")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_hosts_outside_are_reached_through_the_proxy_and_the_runtime_api_is_not(zips: Path, tmp_path: Path, variable: str):
    with zipfile.ZipFile(zips / "gold.zip") as archive:
        archive.extract("bootstrap", tmp_path)
    (tmp_path / "bootstrap").chmod(0o755)
    authority = Authority()
    payload = event("gold-s3-notification")
    payload["Records"][0]["s3"]["bucket"]["name"] = "silver"
    with HTTPSServer(authority.issue(tmp_path, "s3.example")) as server, Proxy(server.port) as proxy:
        answer = empty_root.answer(
            tmp_path / "bootstrap", "gold", json.dumps(payload).encode(), files={BUNDLE: authority.bundle},
            variables={variable: proxy.url, "http_proxy": proxy.url, "AWS_ENDPOINT_URL_S3": "https://s3.example"})
    # The pretend S3 has no object, and the function could say so to the Runtime API.
    assert json.loads(answer.text)["errorType"] == "Function.MissingObject", answer
    assert len(server.requests) > 0
    assert set(proxy.requests) == {"CONNECT s3.example:443 HTTP/1.1"}
