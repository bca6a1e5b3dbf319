"""Endings: whoever waits for what comes of an invocation hears it as soon as it is durable."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from xop.kernel.entry import Entry
from xop.kernel.facts import (
    Fact,
    InvocationCancelled,
    InvocationDone,
    InvocationDropped,
    InvocationFailed,
    InvocationUncertain,
)
from xop.ports.ledger import Ledger

_OVER = (InvocationDone, InvocationFailed, InvocationUncertain, InvocationCancelled, InvocationDropped)

_PAGE = 256


class Endings:
    """Those who wait, by invocation."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: dict[str, set[asyncio.Future[Fact]]] = {}

    def __contains__(self, invocation: str) -> bool:
        return invocation in self._waiting

    def tell(self, entries: Iterable[Entry]) -> None:
        """Tell whoever waits what durable entries say."""
        if not self._waiting:
            return
        for entry in entries:
            for fact in entry.facts:
                if isinstance(fact, _OVER):
                    for ending in self._waiting.get(fact.invocation, ()):
                        if not ending.done():
                            ending.set_result(fact)

    @contextmanager
    def awaited(self, invocation: str) -> Iterator[asyncio.Future[Fact]]:
        """Give the fact to come that ends an invocation."""
        ending: asyncio.Future[Fact] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(invocation, set())
        waiting.add(ending)
        try:
            yield ending
        finally:
            waiting.discard(ending)
            if not waiting:
                self._waiting.pop(invocation, None)

    async def before(self, invocation: str, part: str, after: int) -> Fact | None:
        """Return the last fact beyond a position of a part's entries that ended an invocation; None when none has."""
        found: Fact | None = None
        while page := await self._ledger.page(after, _PAGE, [part]):
            for stored in page:
                for fact in stored.entry.facts:
                    if isinstance(fact, _OVER) and fact.invocation == invocation:
                        found = fact
            after = page[-1].position
        return found
