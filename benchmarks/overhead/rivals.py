"""Rivals: open gateways, each in a virtual environment of its own, of a pinned version."""

import subprocess
import sys
import venv
from pathlib import Path

from msgspec import Struct

from benchmarks.load.brightmoor import note


class Rival(Struct, frozen=True):
    """A gateway as the package index has it."""

    name: str
    package: str
    version: str


CONTEXT_FORGE = Rival("ContextForge", "mcp-contextforge-gateway", "1.0.7.post20260921")
FAST_MCP = Rival("FastMCP", "fastmcp", "4.1.2")


def installed(rival: Rival, folder: Path) -> Path | None:
    """Return the folder of a rival's programs, installed if it is not yet; None when it cannot be had."""
    home = folder / f"{rival.package}-{rival.version}"
    programs, done = home / "bin", home / "installed"
    if done.exists():
        return programs
    note(f"{rival.name}: installing {rival.package} {rival.version} into {home}")
    venv.create(home, with_pip=True, clear=True)
    command = [str(programs / "python"), "-m", "pip", "install", "-qq", f"{rival.package}=={rival.version}"]
    outcome = subprocess.run(command, stdout=sys.stderr, check=False)
    if outcome.returncode:
        note(f"{rival.name}: cannot be installed, and is left out")
        return None
    done.touch()
    return programs
