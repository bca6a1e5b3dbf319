"""Journeys of the energy supplier for load, and a process that has customers enter one until it is killed."""

import asyncio
import json
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.load.brightmoor import PLATFORM, WORKSPACE
from benchmarks.load.crowd import account
from xop.assembly import open_with, workspace_files
from xop.engine.memory import settle_memory
from xop.kernel.commands import Signal
from xop.kernel.facts import RunEnded, StepReached
from xop.ports.runtime import Runtime

_AT_ONCE = 500

RATE = 2_000.0
"""Customers a second that enter in a life, so that as many fall due a second."""


def waiting(span: str, after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a journey that every viewer of a page enters once, waits a span in, and ends."""
    return {
        "name": "load",
        "description": "Everybody who views a page waits for a while.",
        "entries": [{"signal": "page.viewed", "set": {"path": "{{signal.data.path}}"}}],
        "reentry": "once",
        "steps": {"rest": {"wait": {"for": span}}, **(after or {"over": {"end": {"outcome": "rested"}}})},
    }


def files_with(journey: Mapping[str, Any], pace: float | None = None) -> dict[str, bytes]:
    """Return the workspace's files with one journey, and the most timers a second that may wake."""
    files = dict(workspace_files(WORKSPACE))
    files[f"journeys/{journey['name']}.yaml"] = json.dumps(journey).encode()
    if pace is not None:
        files["workspace.toml"] += f"\n[journeys]\nwakeups_per_second = {pace}\n".encode()
    return files


def view(number: int, at: int, again: int = 0) -> Signal:
    """Return the page view by which a customer enters."""
    data = {"path": "/tariffs", "referrer": "", "seconds": 3}
    return Signal(f"signal:crowd|view-{number}-{again}", "page.viewed", "crowd", at, PLATFORM, (account(number),), data)


async def enter(engine: Any, first: int, last: int, rate: float | None = None) -> None:
    """Have customers enter, as fast as the engine takes their signals or so many a second."""
    began = engine.runtime.clock.now()
    for begin in range(first, last, _AT_ONCE):
        if rate is not None:
            await engine.runtime.clock.until(began + int((begin - first) * 1000 / rate))
        at = engine.runtime.clock.now()
        answers = [engine.take(view(number, at)) for number in range(begin, min(begin + _AT_ONCE, last))]
        await asyncio.gather(*answers)


def live(folder: Path, files: Mapping[str, bytes], first: int, last: int, tell: Connection) -> None:
    """Run one life of a process: open the store, have customers enter, and stay until killed."""
    settle_memory()
    uvloop.run(_live(folder, files, first, last, tell))


async def _live(folder: Path, files: Mapping[str, bytes], first: int, last: int, tell: Connection) -> None:
    platform = await open_with(folder, files)
    await platform.start()
    tell.send("open")
    await enter(platform.engine, first, last, RATE)
    tell.send("entered")
    await asyncio.Event().wait()


async def lateness(runtime: Runtime, after: int = 0) -> tuple[list[int], int, int]:
    """Return how late each wait ended in milliseconds, and how many runs ended more or less than once."""
    due: dict[str, int] = {}
    late: list[int] = []
    ended: dict[str, int] = {}
    while page := await runtime.ledger.page(after, 10_000):
        for stored in page:
            for fact in stored.entry.facts:
                if isinstance(fact, StepReached) and fact.waits == "time":
                    due[fact.run] = fact.due
                elif isinstance(fact, RunEnded):
                    ended[fact.run] = ended.get(fact.run, 0) + 1
                    late.append(stored.entry.moment.at - due[fact.run])
        after = page[-1].position
    return late, sum(count > 1 for count in ended.values()), len(due.keys() - ended.keys())
