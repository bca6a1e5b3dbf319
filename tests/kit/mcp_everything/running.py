"""The server of everything as a process of its own, on a free port of loopback."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "tests.kit.mcp_everything")
"""Runs it on the process's own streams; from the repository's root."""

_STARTING = 30
"""Seconds."""


@contextmanager
def running() -> Iterator[str]:
    """Run the server until the block ends; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([*COMMAND, "--port", str(port)], cwd=ROOT) as process:
        try:
            _await(port, process)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.terminate()
            process.wait(timeout=_STARTING)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _STARTING
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the server of everything did not start")
