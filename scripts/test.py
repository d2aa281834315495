"""Runs the stages of scripts/test.sh, and sums up what they took and found."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ".venv/bin"
REPORTS = ROOT / ".build" / "test-reports"
# Parquet files that the Swift tests write for other engines to read, and read from other engines.
PARQUET_OURS = ROOT / ".build" / "parquet-files" / "ours"
PARQUET_PEERS = ROOT / ".build" / "parquet-files" / "peers"
# Files that other engines write in every other way, and those and the conformance files as the Swift tests read them.
PARQUET_FOREIGN = ROOT / ".build" / "parquet-files" / "foreign"
PARQUET_GOLDENS = ROOT / ".build" / "parquet-files" / "goldens"
SHELL_SCRIPTS = [".ci/run", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "scripts").rglob("*.sh"))]
# Files of every type, encoding, codec, nullability and shape; half a gigabyte, so that they go when they are checked.
PARQUET_MATRIX = ROOT / ".build" / "parquet-files" / "matrix"
ENVIRONMENT = {
    # Else all tests start at once, and those that compute keep the others' connections waiting until they are too old for libcurl.
    "SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH": "4",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MEDALLION_PARQUET_OUTPUT_DIR": str(PARQUET_OURS),
    "MEDALLION_PARQUET_INPUT_DIR": str(PARQUET_PEERS),
    "MEDALLION_PARQUET_FOREIGN_DIR": str(PARQUET_FOREIGN),
    "MEDALLION_PARQUET_GOLDEN_DIR": str(PARQUET_GOLDENS),
}


# What a command exits with that did nothing wrong but could not check everything here, as with automake.
SKIPPED = 77


@dataclass(frozen=True)
class Stage:
    """One command; a stage without test reports counts as one test."""

    name: str
    command: list[str]
    reports: tuple[str, ...] = ()
    # Later stages have nothing to work on when this one fails.
    is_needed: bool = False


@dataclass(frozen=True)
class Result:
    name: str
    seconds: float
    passed: int
    failed: int
    skipped: int


STAGES = [
    Stage("format", ["swift", "format", "lint", "--strict", "--recursive", "Sources", "Tests", "Package.swift"]),
    Stage("template", [f"{TOOLS}/cfn-lint", "infra/template.yaml", "infra/catalog.yaml"]),
    Stage("shellcheck", [f"{TOOLS}/shellcheck", "--external-sources", "--source-path=SCRIPTDIR", "--source-path=.", *SHELL_SCRIPTS]),
    Stage("test-vectors", ["scripts/fetch-test-vectors.sh"]),
    Stage("swift-build", ["swift", "build", "--build-tests"], is_needed=True),
    Stage("peer-files", [f"{TOOLS}/python", "Tests/EndToEnd/parquet_peers.py", "make", str(PARQUET_PEERS)], is_needed=True),
    Stage("foreign-files", [f"{TOOLS}/python", "Tests/EndToEnd/parquet_goldens.py", "make", str(PARQUET_FOREIGN)], is_needed=True),
    Stage("swift-test", ["swift", "test", "--skip-build", "--xunit-output", f"{REPORTS}/swift.xml"],
          reports=("swift.xml", "swift-swift-testing.xml")),
    Stage("simulation", ["swift", "run", "-c", "release", "simulator", "--seeds", "1-2100", "--prove",
                         "--report", f"{REPORTS}/simulation.xml"], reports=("simulation.xml",)),
    Stage("our-files", [f"{TOOLS}/python", "Tests/EndToEnd/parquet_check.py", str(PARQUET_OURS)]),
    Stage("peers-agree", [f"{TOOLS}/python", "Tests/EndToEnd/parquet_peers.py", "compare", str(PARQUET_PEERS), str(PARQUET_OURS)]),
    Stage("goldens", [f"{TOOLS}/python", "Tests/EndToEnd/parquet_goldens.py", "compare", str(PARQUET_FOREIGN), str(PARQUET_GOLDENS)]),
    Stage("fuzz", ["scripts/fuzz.sh", "--seconds", "60"]),
    Stage("parquet-engines", ["scripts/parquet-engines.sh", str(PARQUET_MATRIX)]),
    Stage("bootstraps", ["scripts/build.sh", "--probe"], is_needed=True),
    # Its bars are ratios of times, which a machine shared with other jobs cannot keep.
    Stage("measure", [f"{TOOLS}/python", "scripts/measure-bootstrap.py", "--report-only"]),
    Stage("end-to-end", [f"{TOOLS}/python", "-m", "pytest", "-p", "no:cacheprovider", "--durations=5",
                         f"--junitxml={REPORTS}/pytest.xml", "Tests/EndToEnd"], reports=("pytest.xml",)),
]


def main() -> None:
    parser = argparse.ArgumentParser(prog="test.sh")
    parser.add_argument("--only", action="append", choices=[stage.name for stage in STAGES], default=[])
    only = parser.parse_args().only
    REPORTS.mkdir(parents=True, exist_ok=True)
    for report in REPORTS.glob("*.xml"):
        report.unlink()
    if not only:
        shutil.rmtree(PARQUET_OURS.parent, ignore_errors=True)
    for folder in (PARQUET_OURS, PARQUET_PEERS, PARQUET_FOREIGN, PARQUET_GOLDENS):
        folder.mkdir(parents=True, exist_ok=True)
    results = []
    for stage in STAGES:
        if only and stage.name not in only:
            continue
        results.append(run(stage))
        if results[-1].failed and stage.is_needed:
            break
    print("\nstage           seconds  passed  failed  skipped")
    for result in results:
        print(f"{result.name:<15} {result.seconds:7.1f} {result.passed:7} {result.failed:7} {result.skipped:8}")
    failed = sum(result.failed for result in results)
    print(f"{sum(result.passed for result in results)} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def run(stage: Stage) -> Result:
    print(f"\n== {stage.name}: {' '.join(stage.command)}", flush=True)
    started = time.monotonic()
    code = subprocess.run(stage.command, cwd=ROOT, env=os.environ | ENVIRONMENT).returncode
    seconds = time.monotonic() - started
    tests = failed = skipped = 0
    for name in stage.reports:
        for suite in suites(REPORTS / name):
            tests += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    if code == SKIPPED and not stage.reports:
        tests = skipped = 1
    elif code != 0 and failed == 0:
        # It broke outside a test, or before the first.
        failed, tests = 1, tests + 1
    elif not stage.reports:
        tests = 1
    elif tests == 0:
        print(f"{stage.name} ran no tests")
        failed, tests = 1, 1
    return Result(stage.name, seconds, max(0, tests - failed - skipped), failed, skipped)


def suites(report: Path) -> list[xml.etree.ElementTree.Element]:
    return list(xml.etree.ElementTree.parse(report).getroot().iter("testsuite")) if report.exists() else []


if __name__ == "__main__":
    main()
