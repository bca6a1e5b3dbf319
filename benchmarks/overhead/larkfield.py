"""XOP's side: Larkfield Water on a real folder, its agent in a chat with every customer."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.overhead.process import Process, free_port

KEYS = {
    "LARKFIELD_SOURCE_KEY": "lw-source-key-of-a-benchmark",
    "LARKFIELD_AGENT_KEY": "lw-agent-key-of-a-benchmark",
    "LARKFIELD_OPERATOR_KEY": "lw-operator-key-of-a-benchmark",
}
"""Made-up API keys by the environment variable that holds each."""

CUSTOMERS = 256

_WORKSPACE = Path(__file__).with_name("workspace")
_UPSTREAM = "http://127.0.0.1:7141/"
"""Where the workspace looks for the upstream; each run has one of its own."""

_PROGRAM = str(Path(sys.executable).with_name("xop"))


class Larkfield:
    """A server as `xop serve` starts it, with customers who gave their consent and are in a chat."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.port = free_port()
        self._folder = folder
        workspace = folder / "workspace"
        shutil.copytree(_WORKSPACE, workspace)
        connections = workspace / "connections.yaml"
        connections.write_text(connections.read_text().replace(_UPSTREAM, f"http://127.0.0.1:{upstream}/"))
        self.process = self._start("--workspace", str(workspace))
        self._introduce()

    def restart(self) -> None:
        """Start it again on the same folder."""
        self.process = self._start()

    def ask(self, method: str, path: str, who: str, body: Any = None, kind: str = "application/json") -> Any:
        """Return what it answers the `SOURCE`, `AGENT` or `OPERATOR`; raises RuntimeError when it refuses."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"authorization": f"Bearer {KEYS[f'LARKFIELD_{who}_KEY']}", "content-type": kind}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status >= 300:
                raise RuntimeError(content.decode())
            return json.loads(content or b"null")
        finally:
            connection.close()

    def _start(self, *options: str) -> Process:
        data = str(self._folder / "data")
        command = [_PROGRAM, "serve", "--data", data, "--port", str(self.port), "--json", *options]
        process = Process("gateway", command, self._folder / "xop.log", {**os.environ, **KEYS})
        process.await_port(self.port, "/ready")
        return process

    def _introduce(self) -> None:
        joined = {"region": "north", "insight": True, "meter": "M-1"}
        events = [_event("customer.joined", number, joined) for number in range(CUSTOMERS)]
        events += [_event("chat.started", number, {"chat": _chat(number)}) for number in range(CUSTOMERS)]
        for at in range(0, len(events), 128):
            self.ask("POST", "/v1/signals", "SOURCE", events[at : at + 128], "application/cloudevents-batch+json")


def subjects() -> Iterator[dict[str, str]]:
    """Yield what a call's `_meta` says of whom it is about, one customer after the other."""
    return (
        {"io.xop/customer": f"account:{_account(number)}", "io.xop/conversation": _chat(number)}
        for number in cycle(range(CUSTOMERS))
    )


def _event(kind: str, number: int, data: dict[str, Any]) -> dict[str, Any]:
    subject = f"account:{_account(number)}"
    name = f"{kind}-{number}"
    return {"specversion": "1.0", "id": name, "source": "bench", "type": kind, "subject": subject, "data": data}


def _account(number: int) -> str:
    return f"LW-{number:06}"


def _chat(number: int) -> str:
    return f"chat-{number}"
