"""What all scripts have in common: how they fail, what they say about themselves, and what they refuse."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARY = ROOT / "scripts" / "lib.sh"
SHELL = [ROOT / ".ci" / "run", *sorted((ROOT / "scripts").rglob("*.sh"))]
# What is imported has no entry point.
PYTHON = [path for path in sorted((ROOT / "scripts").rglob("*.py")) if "__main__" in path.read_text()]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def run(*command: object) -> subprocess.CompletedProcess[str]:
    """Runs a script from elsewhere, as it must not matter where it is called."""
    return subprocess.run(
        [str(part) for part in command], cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})


def header(path: Path) -> list[str]:
    """The comment that a script begins with, without its number signs."""
    lines = []
    for line in path.read_text().splitlines()[1:]:
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").removeprefix(" "))
    return lines


def test_the_document_lists_every_script():
    cells = re.findall(r"^\| (`[^|]+`) \|", (ROOT / "scripts" / "README.md").read_text(), re.MULTILINE)
    told = [path for cell in cells for path in re.findall(r"`([\w./-]+\.(?:sh|py))`", cell)]
    scripts = [path for path in (ROOT / "scripts").rglob("*") if path.suffix in (".sh", ".py")]
    assert sorted(told) == sorted(str(path.relative_to(ROOT / "scripts")) for path in scripts)


@pytest.mark.parametrize("path", SHELL, ids=name)
def test_a_shell_script_is_executable_and_stops_at_the_first_failure(path: Path):
    assert os.access(path, os.X_OK)
    lines = path.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert path == LIBRARY or "set -euo pipefail" == next(line for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("path", SHELL, ids=name)
def test_a_shell_script_says_what_it_does_how_it_is_called_and_what_it_needs(path: Path):
    lines = header(path)
    assert re.match(r"[A-Z].*[.:,a-z]$", lines[0])
    for field in ("Usage:  ", "Needs:  "):
        assert sum(line.startswith(field) for line in lines) == 1, field


@pytest.mark.parametrize("path", [path for path in SHELL if path != LIBRARY], ids=name)
def test_a_shell_script_prints_its_header_as_help_and_refuses_unknown_options(path: Path):
    help = run(path, "--help")
    assert (help.returncode, help.stderr) == (0, "")
    if path.parent != ROOT / ".ci":
        assert help.stdout.splitlines() == header(path)
    refused = run(path, "--no-such-option")
    assert refused.returncode != 0
    assert refused.stdout == "" and refused.stderr.endswith("see --help\n") and refused.stderr.count("\n") == 1


@pytest.mark.parametrize(("words", "cause"), [
    ("shop", "there is no source shop; there are wistia and clickstream"),
    ("clickstream --visitors 3", "unknown option --visitors of clickstream"),
    ("wistia --events 3", "unknown option --events of wistia"),
    ("clickstream wistia", "unknown option wistia of clickstream"),
    ("clickstream --events many", "--events takes a number"),
    ("--visitors", "--visitors takes a number"),
    ("clickstream --file /nowhere", "--file takes a file, and /nowhere is none"),
    ("clickstream --file", "--file takes a file, and nothing is none")])
def test_run_says_in_one_line_which_word_is_wrong(words: str, cause: str):
    refused = run(ROOT / "scripts" / "run.sh", *words.split())
    assert refused.returncode == 1 and refused.stdout == ""
    assert refused.stderr.startswith(f"run.sh: {cause}") and refused.stderr.count("\n") == 1


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_a_python_program_has_a_help_and_refuses_unknown_options(path: Path):
    help = run(sys.executable, path, "--help")
    assert (help.returncode, help.stderr) == (0, "")
    assert "usage: " in help.stdout.lower()
    refused = run(sys.executable, path, "--no-such-option")
    assert refused.returncode not in (0, None)
    assert "Traceback" not in refused.stderr and refused.stderr.strip()
    shebang = path.read_text().startswith("#!/usr/bin/env python3\n")
    assert os.access(path, os.X_OK) == shebang, "a program is executable and has a shebang, or neither"


def test_every_python_tool_is_pinned_by_hash():
    asked = (ROOT / "scripts" / "requirements.in").read_text()
    wanted = set(re.findall(r"^[\w-]+==\S+$", asked, re.MULTILINE))
    assert wanted and len(wanted) == sum(not line.startswith("#") for line in asked.splitlines())
    blocks = re.split(r"^(?=[\w-])", (ROOT / "scripts" / "requirements.txt").read_text(), flags=re.MULTILINE)[1:]
    pins = {block.split(" ")[0] for block in blocks}
    assert wanted <= pins
    assert [block for block in blocks if not re.match(r"[\w.-]+==\S+ \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+", block)] == []
