"""A real server in a process of its own, as `xop serve` starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Self

from benchmarks.load.brightmoor import KEYS

_PATIENCE = 60.0
"""Seconds a server may take to answer, and to stop."""

_PROGRAM = str(Path(sys.executable).with_name("xop"))


class Server:
    """Runs from the moment it is made until it is stopped or killed."""

    def __init__(self, data: Path, workspace: Path | None = None) -> None:
        self.port = _free_port()
        command = [_PROGRAM, "serve", "--data", str(data), "--port", str(self.port), "--json"]
        if workspace is not None:
            command += ["--workspace", str(workspace)]
        self.began = perf_counter()
        """When its process was started, by this process's own clock in seconds."""
        self.process = subprocess.Popen(command, env={**os.environ, **KEYS}, stdout=subprocess.DEVNULL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_PATIENCE)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def await_ready(self) -> float:
        """Wait until it says that it is ready; return the seconds since its process was started."""
        while True:
            if self.process.poll() is not None or perf_counter() - self.began > _PATIENCE:
                raise RuntimeError("the server did not start; see what it said above")
            try:
                if self.ask("GET", "/ready")[0] == 200:
                    return perf_counter() - self.began
            except (OSError, HTTPException):
                sleep(0.001)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Return the status and document that it answers; `headers` are written with `_` for `-`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def send(self, events: list[dict[str, Any]]) -> int:
        """Send events as one batch; return the status of the answer."""
        kind = "application/cloudevents-batch+json"
        return self.ask("POST", "/v1/signals", events, authorization=bearer("SOURCE"), content_type=kind)[0]


def bearer(who: str) -> str:
    """Return the Authorization header of the `SOURCE`, `AGENT` or `OPERATOR`."""
    return f"Bearer {KEYS[f'BRIGHTMOOR_{who}_KEY']}"


def event(name: str, kind: str, customer: int, data: dict[str, Any]) -> dict[str, Any]:
    """Return a CloudEvent about a customer by number."""
    subject = f"account:BM-{customer:07}"
    return {"specversion": "1.0", "id": name, "source": "bench", "type": kind, "subject": subject, "data": data}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
