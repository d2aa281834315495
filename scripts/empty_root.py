"""A function's bootstrap in a root that holds nothing but the file, /proc and what is put there, as a caller can see it.

The root is a file system of its own in a mount namespace, so nothing of it outlives the process; the network is this machine's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
ANSWER_SECONDS = 10
# What the bootstrap is told that it may take: Lambda's longest.
INVOCATION_SECONDS = 900
# Makes the root at $1 from the executable $2, the folder of files $3 and a file system of $4, and runs it there.
SCRIPT = """
    set -e
    mount -t tmpfs -o mode=755 empty "$1"
    mkdir "$1/proc"
    cp "$2" "$1/bootstrap"
    cp -R "$3/." "$1/"
    mount -t proc proc "$1/proc"
    exec chroot "$1" /bootstrap
"""


class BrokenBootstrap(Exception):
    """A bootstrap that does not do its work; the text says what it did."""


@dataclass(frozen=True)
class Answer:
    """What a bootstrap posted to the Runtime API, and what it wrote."""

    is_error: bool
    text: str
    output: str


def namespaces() -> list[str]:
    """The options of unshare; an ordinary user needs a user namespace too."""
    options = ["--mount", "--pid", "--fork", "--kill-child"]
    return options if os.geteuid() == 0 else [*options, "--user", "--map-root-user"]


def is_possible() -> bool:
    """Whether this machine lets us make such a root."""
    # In a container a user namespace may mount a tmpfs, but not /proc.
    script = "mount -t tmpfs empty /mnt && mkdir /mnt/proc && mount -t proc proc /mnt/proc"
    return shutil.which("/usr/bin/unshare") is not None and subprocess.run(
        ["/usr/bin/unshare", *namespaces(), "/bin/sh", "-c", script], capture_output=True).returncode == 0


def environment(server: socket.socket, layer: str) -> dict[str, str]:
    """What Lambda sets; the credentials are nobody's."""
    host, port = server.getsockname()
    return {
        "AWS_LAMBDA_RUNTIME_API": f"{host}:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": layer,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_SESSION_TOKEN": "none",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/usr/local/bin:/usr/bin/:/bin",
        "BRONZE_BUCKET": "bronze",
        "SILVER_BUCKET": "silver",
        "GOLD_BUCKET": "gold",
        "SOURCES": "wistia",
        "WISTIA_SECRET_ID": "none",
        "PII_KEY_SECRET_ID": "none",
    }


def listen() -> socket.socket:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(ANSWER_SECONDS)
    return server


@contextlib.contextmanager
def running(command: list[str], env: Mapping[str, str], output: Path) -> Iterator[int]:
    """Starts a process, yields its id, and kills it at the end."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    pid = os.posix_spawn(command[0], command, env, file_actions=actions)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def accept(server: socket.socket, command: list[str], output: Path) -> socket.socket:
    try:
        return server.accept()[0]
    except TimeoutError:
        said = output.read_text(errors="replace").strip() or "nothing"
        raise BrokenBootstrap(f"{command[0]} asked for nothing in {ANSWER_SECONDS} s; it wrote: {said}") from None


def read_request(connection: socket.socket) -> tuple[str, bytes]:
    """The request line and the body of one request that has a Content-Length or no body."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError
        received += chunk
    head, body = received.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    while len(body) < int(fields.get("content-length", 0)):
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError
        body += chunk
    return lines[0], body


def answer(
    bootstrap: Path, layer: str, event: bytes, *, variables: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None, seconds: float = ANSWER_SECONDS, script: str = SCRIPT,
) -> Answer:
    """Hands one event to a bootstrap in such a root and returns its answer.

    `files` are put into the root, by absolute path. `script` may do more before it starts the bootstrap.
    """
    with listen() as server, tempfile.TemporaryDirectory() as scratch:
        root, content, output = (Path(scratch) / name for name in ("root", "content", "output"))
        root.mkdir()
        content.mkdir()
        for path, body in (files or {}).items():
            place = content / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        command = ["/usr/bin/unshare", *namespaces(), "/bin/sh", "-c", script, "sh", str(root), str(bootstrap), str(content)]
        env = environment(server, layer) | (variables or {}) | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        with running(command, env, output):
            deadline = time.monotonic() + seconds
            handed_out = False
            while time.monotonic() < deadline:
                with accept(server, command, output) as connection, contextlib.suppress(ConnectionError):
                    connection.settimeout(seconds)
                    while True:
                        request, body = read_request(connection)
                        method, path = request.split(" ")[:2]
                        if method == "POST":
                            if path.endswith((f"/{REQUEST_ID}/response", f"/{REQUEST_ID}/error")):
                                return Answer(path.endswith("/error"), body.decode(errors="replace"), output.read_text(errors="replace"))
                            raise BrokenBootstrap(f"{layer} in an empty root: {method} {path}: {body.decode(errors='replace')}")
                        if handed_out:
                            raise BrokenBootstrap(f"{layer} in an empty root asked for a second event unanswered")
                        handed_out = True
                        connection.sendall(next_event(layer, event))
        raise BrokenBootstrap(f"{layer} in an empty root did not answer; it wrote: {output.read_text(errors='replace')}")


def next_event(layer: str, event: bytes) -> bytes:
    """The Runtime API's answer to the request for an event."""
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(event)}\r\n"
        f"Lambda-Runtime-Aws-Request-Id: {REQUEST_ID}\r\n"
        f"Lambda-Runtime-Deadline-Ms: {int((time.time() + INVOCATION_SECONDS) * 1000)}\r\n"
        f"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:{layer}\r\n"
        "\r\n"
    )
    return head.encode() + event
