"""Answers that break off, against the packed functions, whose libcurl is not the one that the Swift tests have."""

import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import empty_root
import pytest
from local_cloud import event


class BrokenServer:
    """Reads a request, sends what it is told to and closes the connection, again and again."""

    def __init__(self, answer: bytes):
        self.requests = 0
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        while True:
            connection, _ = self._server.accept()
            with connection:
                request = connection.recv(65536)
                if not request:
                    return
                self.requests += 1
                connection.sendall(self._answer)

    def __enter__(self) -> "BrokenServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        socket.create_connection(self._server.getsockname()).close()
        self._thread.join()
        self._server.close()


@pytest.fixture(scope="module")
def gold(zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("gold")
    with zipfile.ZipFile(zips / "gold.zip") as archive:
        archive.extract("bootstrap", folder)
    (folder / "bootstrap").chmod(0o755)
    yield folder / "bootstrap"


@pytest.mark.usefixtures("empty_roots")
@pytest.mark.parametrize("answer", [
    b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n", b"HTTP/1.1 200 OK\r\nETag",
    b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
], ids=["nothing", "in the status line", "after the status line", "between header lines", "in a header line",
        "after an interim answer", "after an interim answer's successor began", "in the body"])
def test_an_answer_that_breaks_off_is_an_error_and_not_the_end_of_the_process(gold: Path, answer: bytes):
    payload = event("gold-s3-notification")
    payload["Records"][0]["s3"]["bucket"]["name"] = "silver"
    with BrokenServer(answer) as server:
        result = empty_root.answer(
            gold, "gold", json.dumps(payload).encode(), variables={"AWS_ENDPOINT_URL_S3": server.url}, seconds=60)
    assert result.is_error
    message = json.loads(result.text)["errorMessage"]
    assert "after 5 attempts" in message and "connection failed: " in message, message
    assert server.requests == 5
