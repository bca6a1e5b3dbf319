"""The MCP conformance suite, run against a server or a client of ours."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
_SCRIPT = ROOT / "scripts" / "conformance"
_FETCHING = 300
_RUNNING = 420
_LINE = re.compile(r"^([✓✗]) (\S+): (\d+) passed, (\d+) failed", re.MULTILINE)
_UNSCORED = re.compile(r"^  [✓✗] (\S+) \((?:extension|pending|added-after-release)\)", re.MULTILINE)


class Results(NamedTuple):
    """How each scenario ended."""

    passed: frozenset[str]
    failed: frozenset[str]
    unscored: frozenset[str]
    """Those among both that count for no requirement."""
    report: str
    """All that the suite wrote."""

    @property
    def scored(self) -> frozenset[str]:
        """The scenarios that count."""
        return (self.passed | self.failed) - self.unscored

    @property
    def missed(self) -> frozenset[str]:
        """The scenarios that count and failed."""
        return self.failed - self.unscored


def server_results(url: str, requirements: str, *options: str) -> Results:
    """Run every server scenario of a revision against an address."""
    return _run("server", "--url", url, "--requirements", requirements, *options)


def client_results(command: str, requirements: str, *options: str) -> Results:
    """Run every client scenario of a revision; the suite's own server's address is added to the command."""
    return _run("client", "--command", command, "--requirements", requirements, *options)


def _run(*arguments: str) -> Results:
    require_suite()
    ended = subprocess.run([str(_SCRIPT), *arguments], cwd=ROOT, capture_output=True, timeout=_RUNNING, check=False)
    report = (ended.stdout + ended.stderr).decode("utf-8", "replace")
    lines = _LINE.findall(report)
    assert lines, f"the suite told no results: {report[-2000:]}"
    return Results(
        frozenset(name for mark, name, _, _ in lines if mark == "✓"),
        frozenset(name for mark, name, _, _ in lines if mark == "✗"),
        frozenset(_UNSCORED.findall(report)),
        report,
    )


def require_suite() -> None:
    """Skip the test that runs, with one line, where the suite cannot be had."""
    reason = _missing()
    if reason is not None:
        pytest.skip(reason)


@cache
def _missing() -> str | None:
    try:
        ended = subprocess.run([str(_SCRIPT), "--where"], capture_output=True, timeout=_FETCHING, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the conformance suite cannot be had: {type(error).__name__}"
    return None if ended.returncode == 0 else ended.stderr.decode().strip() or "the conformance suite cannot be had"
