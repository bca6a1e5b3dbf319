"""Contestants: the upstream itself, and every gateway in front of it, each with the requests that it is called by."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from benchmarks.load.brightmoor import note
from benchmarks.overhead import context_forge, messages, upstream
from benchmarks.overhead.context_forge import ContextForge
from benchmarks.overhead.larkfield import KEYS, Larkfield, subjects
from benchmarks.overhead.process import Process, free_port
from benchmarks.overhead.rivals import CONTEXT_FORGE, FAST_MCP, installed

PATH = "/mcp"

DIRECT, XOP = "upstream", "XOP"


class Contestant(Struct, frozen=True):
    """One server and how it is called."""

    name: str
    process: Process
    port: int
    requests: tuple[str, ...]
    greetings: tuple[str, ...] = ()
    held: bool = True
    """Whether it stands still while others are measured."""


@contextmanager
def field(folder: Path, rivals: Path | None) -> Iterator[tuple[list[Contestant], list[str]]]:
    """Start everybody until the block ends; gives the contestants, and the names of those who cannot be had."""
    with ExitStack() as stack:

        def started(process: Process) -> Process:
            stack.callback(process.stop)
            return process

        first = direct(folder, started)
        present = [first, xop(folder, first.port, started)]
        present[-1].process.hold()
        absent = []
        for name, programs in _rivals(rivals):
            if programs is None:
                absent.append(name)
                continue
            note(f"{name}: starting")
            join = _fast_mcp if name == FAST_MCP.name else _context_forge
            for one in join(programs, folder, first.port, started):
                one.process.hold()
                present.append(one)
        yield present, absent


Started = Callable[[Process], Process]


def direct(folder: Path, started: Started) -> Contestant:
    """Start the upstream."""
    port = free_port()
    command = [sys.executable, upstream.__file__, str(port)]
    process = started(Process("upstream", command, folder / "upstream.log", os.environ))
    process.await_port(port, PATH)
    return Contestant(DIRECT, process, port, messages.modern_calls(PATH), held=False)


def xop(folder: Path, upstream_port: int, started: Started) -> Contestant:
    """Start XOP with its customers."""
    home = folder / "xop"
    home.mkdir()
    larkfield = Larkfield(home, upstream_port)
    started(larkfield.process)
    calls = messages.modern_calls(PATH, KEYS["LARKFIELD_AGENT_KEY"], subjects())
    return Contestant(XOP, larkfield.process, larkfield.port, calls)


def _rivals(folder: Path | None) -> Iterator[tuple[str, Path | None]]:
    for rival in (CONTEXT_FORGE, FAST_MCP) if folder is not None else ():
        yield rival.name, installed(rival, folder) if folder is not None else None


def _context_forge(programs: Path, folder: Path, upstream_port: int, started: Started) -> Iterator[Contestant]:
    for name, settings in (("default", {}), ("best", context_forge.BEST)):
        gateway = ContextForge(programs, folder / f"context-forge-{name}", upstream_port, settings)
        calls = messages.session_calls(PATH, gateway.token, gateway.tool)
        greetings = messages.greetings(PATH, gateway.token)
        yield Contestant(f"{CONTEXT_FORGE.name} ({name})", started(gateway.process), gateway.port, calls, greetings)


def _fast_mcp(programs: Path, folder: Path, upstream_port: int, started: Started) -> Iterator[Contestant]:
    port = free_port()
    front = Path(__file__).with_name("fastmcp_front.py")
    address = f"http://127.0.0.1:{upstream_port}{PATH}"
    command = [str(programs / "python"), str(front), str(port), address, messages.MODERN]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    process = started(Process("gateway", command, folder / "fastmcp.log", bare))
    process.await_port(port, PATH)
    yield Contestant(f"{FAST_MCP.name} ({messages.MODERN})", process, port, messages.modern_calls(PATH))
    calls, greetings = messages.session_calls(PATH), messages.greetings(PATH)
    yield Contestant(f"{FAST_MCP.name} (sessions)", process, port, calls, greetings)
