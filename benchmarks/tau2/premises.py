"""The premises: a copy of a domain's workspace with the upstream's definitions accepted, served as `xop serve` serves it."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mcp_types as types
import yaml
from msgspec import Struct

from benchmarks.service import running
from benchmarks.tau2.domain import Domain
from xop.kernel.actions.operations import fingerprint


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
    variables = {f"{domain.prefix}_KEY_{name.upper()}": key for name, key in keys.items()}
    with running(data, workspace, variables) as (host, port):
        yield Served(host, port, keys)
