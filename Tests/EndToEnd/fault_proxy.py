"""An HTTP proxy that stands in front of a server and does what networks and busy servers do, and a killer of functions.

Both follow from a seed: the same numbers are drawn in the same order, whatever the order in which requests come.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Literal

from https_server import LocalServer

SLOW_DOWN = b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>'
UNAVAILABLE = b"Service temporarily unavailable"
# No request and no answer takes longer than this at the server behind the proxy.
SERVER_SECONDS = 60

Fault = Literal["busy", "reset", "lost", "cut", "slow"]
"""What can happen to a request.

busy: answered 503 and not passed on; reset: the connection is reset and nothing passed on; lost: passed on, and the
connection is reset before the answer; cut: passed on, and reset in the middle of the answer; slow: the answer comes late.
"""

Moment = Literal["before", "after", "late", "soon"]
"""When a process dies, as seen from one of its requests.

before: the request never gets out; after: it took effect and nobody heard the answer; late: it takes effect after the death,
while the next attempt may be at work; soon: a moment after the answer.
"""


@dataclass(frozen=True)
class Faults:
    """How often each fault strikes, in percent of the requests."""

    busy: float = 10
    reset: float = 2
    lost: float = 2
    cut: float = 2
    slow: float = 4
    slow_seconds: tuple[float, float] = (0.2, 1.5)

    def draw(self, random: random.Random) -> Fault | None:
        place = random.uniform(0, 100)
        for fault in ("busy", "reset", "lost", "cut", "slow"):
            place -= getattr(self, fault)
            if place < 0:
                return fault
        return None


@dataclass
class Killer:
    """Ends processes with SIGKILL while they wait for an answer, or shortly after it.

    A number of kills is granted for each layer; the next one strikes after so many further requests as are drawn.
    """

    process_of: Callable[[int], int | None]
    """The process that holds the local end of a TCP connection by its port; none that the test did not start."""
    seed: int
    killed: Counter[str] = field(default_factory=Counter)
    """Kills by layer."""
    moments: Counter[Moment] = field(default_factory=Counter)
    """Kills by moment."""

    def __post_init__(self) -> None:
        self._random: dict[str, random.Random] = {}
        self._granted: Counter[str] = Counter()
        self._gap: dict[str, tuple[int, int]] = {}
        self._requests_left: dict[str, int] = {}
        self._lock = threading.Lock()

    def grant(self, layer: str, kills: int, gap: tuple[int, int]) -> None:
        """Lets further processes of a layer die, each after a number of requests from `gap`, both ends included."""
        with self._lock:
            self._granted[layer] += kills
            self._gap[layer] = gap
            self._draw(layer)

    @property
    def left(self) -> dict[str, int]:
        """Kills that are granted and have not happened, by layer; without those that have none."""
        with self._lock:
            return dict(+self._granted)

    def _draw(self, layer: str) -> None:
        self._requests_left[layer] = self._stream(layer).randint(*self._gap[layer])

    def _stream(self, layer: str) -> random.Random:
        return self._random.setdefault(layer, random.Random(f"{self.seed} {layer}"))

    def moment(self, layer: str) -> Moment | None:
        """Counts a request and says when during it the process shall die, if it shall."""
        with self._lock:
            if not self._granted[layer]:
                return None
            self._requests_left[layer] -= 1
            if self._requests_left[layer] > 0:
                return None
            self._granted[layer] -= 1
            self._draw(layer)
            return self._stream(layer).choice(["before", "after", "late", "soon"])

    def kill(self, layer: str, port: int, moment: Moment) -> None:
        """Kills the process at the other end of a connection."""
        pid = self.process_of(port)
        with self._lock:
            if pid is None:
                # The client has hung up, or another request's kill came first.
                self._granted[layer] += 1
                return
            self.killed[layer] += 1
            self.moments[moment] += 1
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class FaultProxy(LocalServer):
    """Passes requests on to one server, with faults, and kills who sends them; a context manager."""

    # Bronze has many pages in flight.
    request_queue_size = 128

    def __init__(
        self, name: str, server: str, layer: str, faults: Faults, seed: int, killer: Killer, busy: bytes
    ):
        super().__init__(Handler)
        self.layer = layer
        self.faults = faults
        self.killer = killer
        self.busy = busy
        self.struck: Counter[str] = Counter()
        """Requests by what happened to them or to their process, the empty text for those passed on unharmed."""
        self.last_request = time.monotonic()
        self._random = random.Random(f"{seed} {name}")
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = server.removeprefix("http://")

    def begin(self) -> tuple[Moment | None, Fault | None, float]:
        """What happens to the next request, and the seconds or the part of the answer that go with it."""
        moment = self.killer.moment(self.layer)
        with self._lock:
            self.last_request = time.monotonic()
            fault = None if moment else self.faults.draw(self._random)
            self.struck[moment or fault or ""] += 1
            return moment, fault, self._random.random()

    def pass_on(self, command: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """Asks the server itself; the host stays as the client named it, since it is signed."""
        connection = http.client.HTTPConnection(self._server, timeout=SERVER_SECONDS)
        with contextlib.closing(connection):
            connection.putrequest(command, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return Answer(answer.status, answer.reason, answer.getheaders(), answer.read())

    def handle_error(self, request: object, client_address: object) -> None:
        """Tells of what is not meant to happen: a client that is dead by now is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@dataclass(frozen=True)
class Answer:
    """What the server behind the proxy said."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes


# What belongs to one connection and not to the request or the answer (RFC 9110 §7.6.1).
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultProxy

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        moment, fault, share = self.server.begin()
        match moment:
            case None:
                self._answer(fault, share, body)
            case "before":
                self._kill(moment)
            case "after":
                try:
                    self._pass_on(body)
                finally:
                    self._kill(moment)
            case "late":
                self._kill(moment)
                # The function is dead; what it had sent arrives some time after that, as it may on a network.
                time.sleep(share)
                self._pass_on(body)
            case "soon":
                try:
                    self._send(self._pass_on(body))
                    # The function goes on for a random moment with what it was answered.
                    time.sleep(share * 0.05)
                finally:
                    self._kill(moment)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

    def _kill(self, moment: Moment) -> None:
        self.server.killer.kill(self.server.layer, self.client_address[1], moment)
        self.close_connection = True

    def _pass_on(self, body: bytes) -> Answer:
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP]
        return self.server.pass_on(self.command, self.path, headers, body)

    def _answer(self, fault: Fault | None, share: float, body: bytes) -> None:
        match fault:
            case "busy":
                # Every other one says how long to stay away: 0 or 1 s.
                headers = [("Retry-After", str(int(share * 4)))] if share < 0.5 else []
                self._send(Answer(503, "Service Unavailable", headers, self.server.busy))
            case "reset":
                self._reset()
            case "lost":
                self._pass_on(body)
                self._reset()
            case "cut":
                answer = self._pass_on(body)
                self._send(answer, length=int(len(answer.body) * share))
                self._reset()
            case "slow":
                answer = self._pass_on(body)
                shortest, longest = self.server.faults.slow_seconds
                # The fault itself: the first byte is late.
                time.sleep(shortest + share * (longest - shortest))
                self._send(answer)
            case None:
                self._send(self._pass_on(body))

    def _send(self, answer: Answer, length: int | None = None) -> None:
        """Sends an answer, or the beginning of one."""
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.headers:
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        whole = next((value for name, value in answer.headers if name.lower() == "content-length"), None)
        # An answer to HEAD tells the length of what it leaves out.
        self.send_header("Content-Length", whole if self.command == "HEAD" and whole else str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[:length])

    def _reset(self) -> None:
        """Ends the connection with a reset instead of a proper end."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass
