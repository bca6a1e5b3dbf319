"""A workspace, data folders and a running server for the tests of the command line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from xop.faces.cli import run
from xop.workspace.starter import write_starter

KEYS = {f"XOP_{name}_KEY": f"{name.lower()}-key" for name in ("WEB", "CONCIERGE", "ENGINEER", "SUPERVISOR")}

PATIENCE = 30
"""Seconds after which a process that does not do its work is given up."""

AGENTS = """
sources:
  web: {key: "${env:XOP_WEB_KEY}"}
agents:
  concierge: {key: "${env:XOP_CONCIERGE_KEY}", actions: ["*"], autonomy: suggest, customers: all}
operators:
  engineer: {key: "${env:XOP_ENGINEER_KEY}", scopes: ["releases:write"]}
  supervisor:
    key: ${env:XOP_SUPERVISOR_KEY}
    actions: ["*"]
    roles: [supervisor]
    scopes:
      - signals:write
      - proposals:write
      - approvals:write
      - customers:read
      - consents:write
      - identity:write
      - decisions:read
      - facts:read
      - outbox:read
      - outbox:write
      - releases:write
      - metrics:read
"""

CONNECTIONS = """
connections:
  terminal: {adapter: console}
  billing: {adapter: simulated}
  flaky: {adapter: simulated, settings: {outcomes: [uncertain, done]}}
  busy: {adapter: simulated, settings: {outcomes: [retry]}, breaker_failures: 1000}
"""

ACTION = """
name: {name}
version: 1
description: Change what the customer owes.
kind: write
purpose: service
input:
  type: object
  required: [amount]
  additionalProperties: false
  properties:
    amount: {{type: integer, minimum: 1}}
attempts: {{most: 100, first_delay: 1ms, longest_delay: 1ms}}
binding:
  connection: {connection}
  request: {request}
"""

ACTIONS = {
    "issue_credit": ("billing", '{amount: "{{arguments.amount}}"}'),
    "move_credit": ("flaky", '{amount: "{{arguments.amount}}"}'),
    "await_credit": ("busy", '{amount: "{{arguments.amount}}"}'),
    "print_credit": ("terminal", '{text: "credit {{arguments.amount}}"}'),
}


@dataclass
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout; fails when there is anything else."""
        return json.loads(self.out)


Xop = Callable[..., Ran]


@pytest.fixture
def keys(monkeypatch) -> None:
    """The environment of an operator at home."""
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    monkeypatch.setenv("XOP_KEY", KEYS["XOP_SUPERVISOR_KEY"])
    monkeypatch.delenv("XOP_URL", raising=False)


@pytest.fixture
def xop(capsys, keys) -> Xop:
    """Runs `xop` in this process."""

    def call(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return call


@pytest.fixture
def workspace(tmp_path) -> Path:
    """The starter with actions on a billing system, on one that loses answers, on one that is busy, and on a printer."""
    return write_workspace(tmp_path / "workspace")


def write_workspace(folder: Path) -> Path:
    """Write the workspace of these tests into a new folder."""
    write_starter(folder)
    (folder / "agents.yaml").write_text(AGENTS)
    (folder / "connections.yaml").write_text(CONNECTIONS)
    for name, (connection, request) in ACTIONS.items():
        (folder / "actions" / f"{name}.yaml").write_text(
            ACTION.format(name=name, connection=connection, request=request)
        )
    return folder


@pytest.fixture
def data(tmp_path, workspace, xop) -> Path:
    """A data folder with the workspace published and nothing in it."""
    folder = tmp_path / "data"
    assert xop("publish", workspace, "--data", folder).code == 0
    return folder


class Process(subprocess.Popen[str]):
    """A command running as a process of its own, with both streams open to the test."""

    stdout: IO[str]
    stderr: IO[str]


@contextmanager
def process(*arguments: str | Path, environment: dict[str, str] | None = None) -> Iterator[Process]:
    """Start `xop` as a process of its own and end it whatever happens."""
    program = "from xop.faces.cli import main; main()"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    variables = {**os.environ, **KEYS, **(environment or {})}
    with Process(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


@contextmanager
def serving(data: Path, *arguments: str | Path) -> Iterator[dict[str, Any]]:
    """Serve a data folder on a free port; gives what `xop serve --json` says about itself."""
    with process("serve", "--data", data, "--port", "0", "--json", *arguments) as child:
        yield {**_document(child), "process": child}
        child.send_signal(signal.SIGTERM)
        _, complaints = child.communicate(timeout=PATIENCE)
        assert (child.returncode, complaints) == (0, "")


def _document(child: Process) -> dict[str, Any]:
    """Return the indented JSON document a process prints first."""
    lines: list[str] = []
    for line in child.stdout:
        lines.append(line)
        if line.rstrip() == "}":
            document: dict[str, Any] = json.loads("".join(lines))
            return document
    raise AssertionError(f"the server ended early: {child.communicate(timeout=PATIENCE)}")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """The URL of a running server that the tests of one module share; each takes customers of its own."""
    folder = tmp_path_factory.mktemp("server")
    with serving(folder / "data", "--workspace", write_workspace(folder / "workspace")) as about:
        yield about["url"]
