"""Takes a played ledger again, each half of the customers in a process of its own."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from typing import cast

from msgspec import Struct

from xop.engine.replay import Replayer
from xop.kernel.release import Release
from xop.ports.ledger import Ledger, Stored
from xop.runtimes.simulated import SimulatedRuntime

_PAGE = 10_000


class Again(Struct, frozen=True):
    """What came of taking a ledger again."""

    entries: int
    decisions: int
    differences: int


class _Share:
    """The entries of some customers: no customer of a history is ever merged with another."""

    def __init__(self, ledger: Ledger, parts: Sequence[str]) -> None:
        self._ledger = ledger
        self._parts = parts

    async def last(self) -> int:
        return await self._ledger.last()

    async def page(self, after: int, limit: int, _parts: Sequence[str] | None = None) -> list[Stored]:
        return await self._ledger.page(after, max(limit, _PAGE), self._parts)


def take_again(runtime: SimulatedRuntime, release: Release) -> Again:
    """Decide every step of a ledger again and count what comes out otherwise."""
    parts = sorted(runtime.memory.parts)
    # A forked process has the ledger already; it would be long to send.
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    with ours, theirs:
        other = context.Process(target=lambda: theirs.send(_taken(runtime, release, parts[1::2])))
        other.start()
        first = _taken(runtime, release, parts[::2])
        second = cast("Again", ours.recv())
        other.join()
    return Again(
        first.entries + second.entries, first.decisions + second.decisions, first.differences + second.differences
    )


def _taken(runtime: SimulatedRuntime, release: Release, parts: Sequence[str]) -> Again:
    return asyncio.run(_replayed(cast("Ledger", _Share(runtime.ledger, parts)), release))


async def _replayed(ledger: Ledger, release: Release) -> Again:
    async def known(_digest: str) -> Release:
        return release

    replayer, differences = Replayer(ledger, known), 0
    async for difference in replayer.run():
        differences += difference is not None
    return Again(replayer.entries, replayer.decisions, differences)
