"""Processes of a run: each on a core of its own, held still while another is measured."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

_PATIENCE = 90.0
"""Seconds that a program may take to start."""

Role = Literal["upstream", "gateway", "client"]
_PLACES: Mapping[Role, int] = {"upstream": 0, "gateway": 1, "client": 2}


def pinned(role: Role, command: Sequence[str]) -> list[str]:
    """Return a command that runs on its role's core, where cores can be chosen and there are enough."""
    program = shutil.which("taskset")
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if program is None or len(cores) < len(_PLACES):
        return list(command)
    return [program, "-c", str(cores[_PLACES[role]]), *command]


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A server that runs from the moment it is made until it is stopped or killed."""

    def __init__(self, role: Role, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                pinned(role, command), env=environment, stdout=out, stderr=out, cwd=log.parent, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def await_port(self, port: int, path: str) -> None:
        """Wait until it answers anything at all on a path."""
        until = monotonic() + _PATIENCE
        while True:
            if self._process.poll() is not None or monotonic() > until:
                raise RuntimeError(f"a server did not start: {self._log.read_text()[-2000:]}")
            connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
            try:
                connection.request("GET", path)
                connection.getresponse().read()
            except (OSError, HTTPException):
                sleep(0.05)
            else:
                return
            finally:
                connection.close()

    def hold(self) -> None:
        """Let it do nothing until it is let go on, so that it takes nobody's time."""
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run."""
        self._tell(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._tell(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Let it end by itself, or end it."""
        self.go_on()
        self._tell(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def _tell(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)
