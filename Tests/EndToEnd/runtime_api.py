"""A pretend Lambda Runtime API, for what AWS's emulator does not do: trace ids, refusals and the sight of what was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RuntimeAPI:
    """Hands out events in turn, each with the trace id beside it, then says `end`; answers posts with 202 or as told."""

    events: list[tuple[dict[str, Any], str | None]]
    # The status and the body of the answer to a post, by the last part of its path.
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    end: tuple[int, bytes] = (410, b"")
    timeout_seconds: float = 20
    posts: list[Call] = field(default_factory=list)

    def __enter__(self) -> RuntimeAPI:
        self._handed_out: Iterator[tuple[int, tuple[dict[str, Any], str | None]]] = iter(enumerate(self.events))
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                index, (event, trace) = next(api._handed_out, (-1, ({}, None)))
                if index < 0:
                    return self._answer(*api.end)
                headers = {"Lambda-Runtime-Aws-Request-Id": f"request-{index}",
                           "Lambda-Runtime-Deadline-Ms": str(int((time.time() + api.timeout_seconds) * 1000))}
                if trace:
                    headers["Lambda-Runtime-Trace-Id"] = trace
                self._answer(200, json.dumps(event).encode(), headers)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                api.posts.append(Call(self.path, dict(self.headers), body))
                self._answer(*api.answers.get(self.path.rsplit("/", 1)[1], (202, b'{"status":"OK"}')))

            def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in ((headers or {}) | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.address = f"127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()
