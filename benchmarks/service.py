"""The service: `xop serve` on a data folder in a process of its own, and what `xop replay` says of it afterwards."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_COMMAND = (sys.executable, "-c", "from xop.faces.cli import main; main()")
_PATIENCE = 60
"""Seconds a server may take to stop."""


@contextmanager
def running(data: Path, workspace: Path, keys: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Serve a workspace until the block ends, with keys by their variable; yields host and port.

    What was taken is all durable afterwards.
    """
    arguments = ("serve", "--data", str(data), "--workspace", str(workspace), "--port", "0", "--json")
    environment = {**os.environ, **keys}
    with subprocess.Popen((*_COMMAND, *arguments), env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            host, _, port = str(_document(process)["url"]).removeprefix("http://").rpartition(":")
            yield host, int(port)
        finally:
            _stop(process)


def replayed(data: Path) -> dict[str, Any]:
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
