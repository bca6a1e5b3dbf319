"""Starts and stops a real server on a data folder, as `xop serve` would be."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

WORKSPACE = Path(__file__).resolve().parents[2] / "examples" / "concierge" / "workspace"

_COMMAND = (sys.executable, "-c", "from xop.faces.cli import main; main()")
_PATIENCE = 60
"""Seconds a server may take to stop."""


class Served(Struct, frozen=True):
    """A running server and the keys of those who speak to it."""

    host: str
    port: int
    source: str
    agent: str
    operator: str


@contextmanager
def served(data: Path) -> Iterator[Served]:
    """Serve the concierge workspace from a data folder until the block ends; what was taken is then all durable."""
    keys = {name: secrets.token_urlsafe(24) for name in ("DESK", "AGENT", "SUPERVISOR")}
    environment = {**os.environ, **{f"CONCIERGE_{name}_KEY": key for name, key in keys.items()}}
    arguments = ("serve", "--data", str(data), "--workspace", str(WORKSPACE), "--port", "0", "--json")
    with subprocess.Popen((*_COMMAND, *arguments), env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = str(_document(process)["url"])
            host, _, port = url.removeprefix("http://").rpartition(":")
            yield Served(host, int(port), keys["DESK"], keys["AGENT"], keys["SUPERVISOR"])
        finally:
            _stop(process)


def replay(data: Path) -> dict[str, Any]:
    """Return what `xop replay --all` says about a data folder that no server has open."""
    arguments = ("replay", "--all", "--data", str(data), "--json")
    done = subprocess.run((*_COMMAND, *arguments), stdout=subprocess.PIPE, text=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _document(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the JSON document with which a server says that it is ready."""
    text = ""
    for line in process.stdout or ():
        text += line
        try:
            document: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError:
            continue
        return document
    raise RuntimeError(f"the server did not start: {text or 'see what it said above'}")


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
