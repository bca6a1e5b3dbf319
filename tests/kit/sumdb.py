"""Go's own implementation of transparency logs (golang.org/x/mod/sumdb), run against a folder."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts" / "go-sumdb"
FETCHING = 300
"""Seconds: Go is fetched and built on first use."""
_RUNNING = 60


def sumdb(folder: Path, vkey: str, *older: int) -> dict[str, Any]:
    """Check a log with Go; return the proofs it makes of it. Skips the test where Go cannot be had."""
    checker, reason = _checker()
    if reason:
        pytest.skip(reason)
    ended = subprocess.run(
        [checker, str(folder), vkey, *map(str, older)], capture_output=True, timeout=_RUNNING, check=False
    )
    if ended.returncode:
        raise SumdbError(ended.stderr.decode().strip())
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


class SumdbError(Exception):
    """Go found something wrong with a log."""


@cache
def _checker() -> tuple[str, str]:
    """Return the path of the checker, or why there is none."""
    try:
        ended = subprocess.run([str(_SCRIPT), "--where"], capture_output=True, timeout=FETCHING, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", f"Go's sumdb cannot be had: {type(error).__name__}"
    if ended.returncode == 3:
        return "", ended.stderr.decode().strip()
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout.decode().strip(), ""
