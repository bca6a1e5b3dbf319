"""The premises: a copy of a domain's workspace with the upstream's definitions accepted, served as `xop serve` serves it."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
import yaml
from msgspec import Struct

from benchmarks.tau2.domain import Domain
from xop.kernel.actions.operations import fingerprint

_COMMAND = (sys.executable, "-c", "from xop.faces.cli import main; main()")
_PATIENCE = 60
"""Seconds a server may take to stop."""


class Served(Struct, frozen=True):
    """A running server and the keys of those who speak to it."""

    host: str
    port: int
    keys: dict[str, str]
    """By principal: `chat_desk`, `agent`, `supervisor`, `network`."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"


def contracts(domain: Domain) -> list[types.Tool]:
    """Return the domain's actions as the tools of the upstream that carries them out."""
    actions = [yaml.safe_load(path.read_text()) for path in sorted((domain.workspace / "actions").glob("*.yaml"))]
    empty = {"type": "object", "additionalProperties": False}
    return [
        types.Tool(name=each["name"], description=each["description"], input_schema=each.get("input", empty))
        for each in actions
    ]


def copied(domain: Domain, folder: Path, url: str, tools: list[types.Tool]) -> Path:
    """Copy the workspace into a folder, leading to an upstream whose definitions are accepted as they are."""
    target = folder / "workspace"
    shutil.copytree(domain.workspace, target)
    connections = yaml.safe_load((target / "connections.yaml").read_text())
    connections["connections"][domain.name]["settings"].update(url=url, internal=True)
    (target / "connections.yaml").write_text(yaml.safe_dump(connections, sort_keys=False))
    definitions = {
        tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True)
        for tool in sorted(tools, key=lambda each: each.name)
    }
    accepted = {name: {"sha256": fingerprint(each), "definition": each} for name, each in definitions.items()}
    (target / "operations").mkdir(exist_ok=True)
    operations = {"name": domain.name, "tools": accepted}
    (target / "operations" / f"{domain.name}.yaml").write_text(yaml.safe_dump(operations, sort_keys=False))
    return target


@contextmanager
def served(domain: Domain, data: Path, workspace: Path) -> Iterator[Served]:
    """Serve a workspace from a data folder until the block ends; what was taken is then all durable."""
    names = ("chat_desk", "agent", "supervisor", "network", "desk")
    keys = {name: secrets.token_urlsafe(24) for name in names}
    environment = {**os.environ, **{f"{domain.prefix}_KEY_{name.upper()}": key for name, key in keys.items()}}
    arguments = ("serve", "--data", str(data), "--workspace", str(workspace), "--port", "0", "--json")
    with subprocess.Popen((*_COMMAND, *arguments), env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = str(_document(process)["url"])
            host, _, port = url.removeprefix("http://").rpartition(":")
            yield Served(host, int(port), keys)
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
