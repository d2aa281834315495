"""The contract between our runtime and Lambda's, as a table of what is expected beside what was observed.

A probe does what its event says: under AWS's emulator, for what a caller sees, and against a pretend Runtime API, for what the
emulator does not do or show (headers, trace ids, refusals, exit codes, one write a line). The table is printed when all ran.
"""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, built
from emulator import Emulator, memory_growth_kib
from runtime_api import RuntimeAPI

TIMEOUT_SECONDS = 3
RESPONSE_MAXIMUM = 6_291_556
ANSWER = {"action": "answer"}
TRAP = {"x86_64": "illegal instruction", "aarch64": "trace/breakpoint trap"}[platform.machine()]
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
PATTERN = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")


@dataclass
class Table:
    """What was expected and observed; as a plugin of pytest it prints itself at the end."""

    rows: list[tuple[str, list[str], list[str]]] = field(default_factory=list)

    def check(self, case: str, expected: list[str], observed: list[str]) -> None:
        self.rows.append((case, expected, observed))
        assert observed == expected

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("the runtime's contract: case | expected | observed")
        for case, expected, observed in self.rows:
            terminalreporter.write_line(f"{case} | {'; '.join(expected)} | {'; '.join(observed)}")


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Table:
    table = Table()
    request.config.pluginmanager.register(table)
    return table


@pytest.fixture(scope="module")
def probe() -> Path:
    return built(ROOT / ".build-static" / "release" / "runtime-probe", "scripts/build.sh --probe")


# Under AWS's emulator

class Caller:
    """Says in words what an answer was."""

    def __init__(self, probe: Path, folder: Path, start: str):
        (folder / "start").write_text(start)
        self._emulator = Emulator(probe, folder, {"PROBE_START": str(folder / "start")}, TIMEOUT_SECONDS)
        self._process: int | None = None

    def call(self, event: dict[str, Any]) -> str:
        started = time.monotonic()
        text = self._emulator.call(json.dumps(event).encode())
        seconds = time.monotonic() - started
        try:
            answer = json.loads(text)
        except ValueError:
            return text or "an empty answer"
        if isinstance(answer, str):
            return f"{len(text)} bytes"
        if "errorType" in answer:
            message = answer["errorMessage"].split(" Error: ")[-1]
            in_time = " in time" if 1 <= seconds < TIMEOUT_SECONDS else ""
            stack = "" if answer.get("stackTrace", []) == [] else " with a stack"
            return f"{answer['errorType']}{in_time}{stack}: {message}"
        before, self._process = self._process, answer["processID"]
        return "answer" if before in (None, self._process) else "answer of a new process"

    def stop(self) -> None:
        self._emulator.stop()


# Of 400 invocations. URLSession and libcurl keep some 150 bytes of every request for ever.
GROWTH_MAXIMUM_KIB = 1024

OVERDUE = "Function.DeadlineExceeded in time: invocation not finished 1.0 s before its deadline; raise the function's timeout"
TOO_LARGE = (f"Function.ResponseSizeTooLarge: post the response failed: it has {RESPONSE_MAXIMUM + 1} bytes, more than the "
             f"platform's {RESPONSE_MAXIMUM}; return a summary and keep the rest in S3")


@pytest.mark.parametrize(("case", "event", "expected"), [
    ("success", ANSWER, ["answer", "answer"]),
    ("thrown error", {"action": "throw", "message": "told to"}, ["Function.ProbeBroken: told to", "answer"]),
    ("thrown error of a generic type", {"action": "throw"}, ["Box<Array<Int>>: Box<Array<Int>>()", "answer"]),
    ("event that cannot be read", {"action": "dance"}, ["DecodingError", "answer"]),
    ("trap", {"action": "trap"}, [f"Runtime.ExitError: Runtime exited with error: signal: {TRAP}", "answer of a new process"]),
    ("exit", {"action": "exit"}, ["Runtime.ExitError: Runtime exited with error: exit status 7", "answer of a new process"]),
    ("time-out of a handler that heeds its cancellation", {"action": "sleep"}, [OVERDUE, "answer"]),
    ("time-out of a handler that computes on every thread", {"action": "hang"}, [OVERDUE, "answer of a new process"]),
    ("response of 6,291,556 bytes", ANSWER | {"sizeBytes": RESPONSE_MAXIMUM}, [f"{RESPONSE_MAXIMUM} bytes", "answer"]),
    ("response of 6,291,557 bytes", ANSWER | {"sizeBytes": RESPONSE_MAXIMUM + 1}, [TOO_LARGE, "answer"]),
])
def test_an_invocation(probe: Path, tmp_path: Path, table: Table, case: str, event: dict[str, Any], expected: list[str]):
    caller = Caller(probe, tmp_path, "")
    try:
        assert caller.call(ANSWER) == "answer"
        first = caller.call(event)
        if first.startswith("DecodingError"):
            first = first.split(":")[0]
        table.check(case, expected, [first, caller.call(ANSWER)])
    finally:
        caller.stop()


@pytest.mark.parametrize(("start", "expected"), [
    ("throw", "Function.ProbeBroken: start the probe failed: it was told to"), ("trap", "an empty answer"),
    ("exit", "an empty answer")])
def test_a_start(probe: Path, tmp_path: Path, table: Table, start: str, expected: str):
    caller = Caller(probe, tmp_path, start)
    try:
        table.check(f"{start} during init", [expected, "answer"], [caller.call(ANSWER), caller.call(ANSWER)])
    finally:
        caller.stop()


def test_memory_does_not_grow(probe: Path, tmp_path: Path, table: Table):
    emulator = Emulator(probe, tmp_path, {})
    try:
        grown = memory_growth_kib(emulator, [json.dumps(ANSWER).encode()])
        bound = f"at most {GROWTH_MAXIMUM_KIB} KiB more than after 100"
        table.check("500 invocations", [bound], [bound if grown <= GROWTH_MAXIMUM_KIB else f"{grown} KiB more"])
    finally:
        emulator.stop()


# Against a pretend Runtime API

@dataclass
class Ending:
    exit_code: int
    # One element per write(2).
    writes: list[str]


def run(probe: Path, api: RuntimeAPI, prepare: Callable[[], None] | None = None, **variables: str) -> Ending:
    """Lets the probe answer a Runtime API's events, with a standard error that keeps its writes apart."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        process = subprocess.Popen(
            [probe], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, preexec_fn=prepare,
            env={"PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": api.address, "AWS_REGION": "us-east-1",
                 "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"} | variables)
        theirs.close()
        ours.settimeout(20)
        writes = []
        try:
            while write := ours.recv(1 << 20):
                writes.append(write.decode())
            return Ending(process.wait(20), writes)
        finally:
            process.kill()
            process.wait()


def report(api: RuntimeAPI, index: int = -1) -> list[str]:
    """A posted error in words: where to, whether its type fits the platform's pattern, and what its body has."""
    post = api.posts[index]
    kind = post.headers["Lambda-Runtime-Function-Error-Type"]
    body = json.loads(post.body)
    return [post.path.removeprefix("/2018-06-01/runtime/"), kind if PATTERN.fullmatch(kind) else f"odd type {kind}",
            " ".join(f"{name}={json.dumps(body[name])}" for name in sorted(body))]


@pytest.mark.parametrize(("case", "event", "variables", "expected"), [
    ("report of a thrown error", {"action": "throw", "message": "a\nb"}, {},
     ["invocation/request-0/error", "Function.ProbeBroken",
      r'errorMessage="a\nb" errorType="Function.ProbeBroken" stackTrace=[]', "exit 0"]),
    ("report of a thrown error of a generic type", {"action": "throw"}, {},
     ["invocation/request-0/error", "Function.Box",
      'errorMessage="Box<Array<Int>>()" errorType="Box<Array<Int>>" stackTrace=[]', "exit 0"]),
    ("report of a failed init", ANSWER, {"PROBE_START": "start"},
     ["init/error", "Function.ProbeBroken",
      'errorMessage="start the probe failed: it was told to" errorType="Function.ProbeBroken" stackTrace=[]', "exit 1"]),
])
def test_a_report(probe: Path, tmp_path: Path, table: Table, case: str, event: dict[str, Any], variables: dict[str, str],
                  expected: list[str]):
    (tmp_path / "start").write_text("throw")
    with RuntimeAPI([(event, None)]) as api:
        ending = run(probe, api, **{name: str(tmp_path / value) for name, value in variables.items()})
        table.check(case, expected, [*report(api), f"exit {ending.exit_code}"])


def test_the_trace_id_is_set_for_each_invocation(probe: Path, table: Table):
    with RuntimeAPI([(ANSWER, TRACE), (ANSWER, None), (ANSWER, TRACE.replace("5759", "5760"))]) as api:
        run(probe, api)
        states = [json.loads(post.body) for post in api.posts]
    table.check(
        "_X_AMZN_TRACE_ID of three invocations, the second without one", [TRACE, "unset", TRACE.replace("5759", "5760")],
        [state.get("traceVariable", "unset") for state in states])
    assert [state.get("traceID") for state in states] == [TRACE, None, TRACE.replace("5759", "5760")]


@pytest.mark.parametrize(("case", "answers", "end", "expected"), [
    ("413 to a response", {"response": (413, b'{"errorType":"RequestEntityTooLarge"}')}, (410, b""),
     ["2 posts", "exit 0", "Function.ResponseSizeTooLarge"]),
    ("400 to a response", {"response": (400, b'{"errorType":"InvalidRequestID"}')}, (410, b""),
     ["2 posts", "exit 0", "InvalidRequestID"]),
    ("403 to a response", {"response": (403, b'{"errorType":"InvalidStateTransition"}')}, (410, b""),
     ["2 posts", "exit 0", "InvalidStateTransition"]),
    ("500 to a response", {"response": (500, b"broken")}, (410, b""), ["1 posts", "exit 1", "broken"]),
    ("410 to next", {}, (410, b"over"), ["2 posts", "exit 0", "over"]),
    ("500 to next", {}, (500, b"broken"), ["2 posts", "exit 1", "broken"]),
    ("403 to next", {}, (403, b"InvalidStateTransition"), ["2 posts", "exit 1", "InvalidStateTransition"]),
])
def test_a_refusal(probe: Path, table: Table, case: str, answers: dict[str, tuple[int, bytes]], end: tuple[int, bytes],
                   expected: list[str]):
    with RuntimeAPI([(ANSWER, None), (ANSWER, None)], answers=answers, end=end) as api:
        ending = run(probe, api)
        word = expected[2] if any(expected[2] in line for line in ending.writes) else "".join(ending.writes)
        table.check(f"{case}: log says", expected, [f"{len(api.posts)} posts", f"exit {ending.exit_code}", word])


LEVELS = {"trace": "TRACE", "debug": "DEBUG", "info": "INFO", "notice": "INFO", "warning": "WARN", "error": "ERROR",
          "critical": "FATAL"}


@pytest.mark.parametrize(("form", "level", "count"), [
    ("Text", "", 5), ("text", "trace", 7), ("JSON", "", 5), ("json", "warn", 3), ("JSON", "DEBUG", 6), ("Json", "FATAL", 1)])
def test_log_lines(probe: Path, table: Table, form: str, level: str, count: int):
    """Each is one write, of the asked form and level, with request and trace id, and of one line whatever is said."""
    with RuntimeAPI([({"action": "log", "message": "a\nb"}, TRACE)]) as api:
        ending = run(probe, api, AWS_LAMBDA_LOG_FORMAT=form, AWS_LAMBDA_LOG_LEVEL=level)
    writes = [write for write in ending.writes if "request-0" in write]
    observed = []
    for write in writes:
        assert write.endswith("\n") and write.count("\n") == 1
        if form.lower() == "json":
            line = json.loads(write)
            assert line["requestId"] == "request-0" and line["traceId"] == TRACE and line["message"] == "a\nb"
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])
            observed.append(line["level"])
        else:
            words = write.split()
            assert words[2:] == ["request-0", r"a\nb", "logger=runtime-probe", f"traceId={TRACE}"]
            observed.append(words[1])
    table.check(f"log format {form}, level {level or 'not set'}: one write each", list(LEVELS.values())[-count:], observed)


def close_output() -> None:
    os.close(1)
    os.close(2)


def fill_output() -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), 2)


def break_output() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 2)


@pytest.mark.parametrize(("case", "prepare"), [
    ("output closed", close_output), ("output full", fill_output), ("output that nobody reads", break_output)])
def test_output_that_cannot_be_written(probe: Path, table: Table, case: str, prepare: Callable[[], None]):
    with RuntimeAPI([({"action": "throw", "message": "told to"}, None), (ANSWER, None)]) as api:
        ending = run(probe, api, prepare)
        table.check(case, ["error", "response", "exit 0"],
                    [*[post.path.rsplit("/", 1)[1] for post in api.posts], f"exit {ending.exit_code}"])
