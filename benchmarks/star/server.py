"""Starts and stops a real server on a data folder, as `xop serve` would be."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from benchmarks.service import running

WORKSPACE = Path(__file__).resolve().parents[2] / "examples" / "concierge" / "workspace"


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
    variables = {f"CONCIERGE_{name}_KEY": key for name, key in keys.items()}
    with running(data, WORKSPACE, variables) as (host, port):
        yield Served(host, port, keys["DESK"], keys["AGENT"], keys["SUPERVISOR"])
