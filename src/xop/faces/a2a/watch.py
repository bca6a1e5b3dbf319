"""The watch: tells those who follow a task that its invocation moved."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from xop.engine.engine import Engine
from xop.kernel.entry import Entry
from xop.ports.errors import StorageError

LOG = logging.getLogger("xop.a2a")

_PAGE = 256


class Watch:
    """Reads the ledger once for all who follow something in it, as long as anybody does."""

    def __init__(self, engine: Engine, closing: asyncio.Event) -> None:
        self._engine = engine
        self._closing = closing
        self._followed: dict[str, set[asyncio.Event]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()

    @asynccontextmanager
    async def on(self, names: frozenset[str]) -> AsyncIterator[asyncio.Event]:
        """Have an event set whenever one of some invocations or tasks moves from now on; a task by its first command."""
        moved = asyncio.Event()
        for name in names:
            self._followed.setdefault(name, set()).add(moved)
        if self._reading is None or self._reading.done():
            self._begun = asyncio.Event()
            self._reading = asyncio.create_task(self._read(self._begun), name="xop-a2a-watch")
        try:
            await self._begun.wait()
            yield moved
        finally:
            self._leave(names, moved)

    async def next(self, moved: asyncio.Event) -> bool:
        """Wait until something moved; False when the server stops."""
        closing = asyncio.ensure_future(self._closing.wait())
        waiting = asyncio.ensure_future(moved.wait())
        try:
            await asyncio.wait({closing, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (closing, waiting):
                each.cancel()
        moved.clear()
        return not self._closing.is_set()

    def _leave(self, names: frozenset[str], moved: asyncio.Event) -> None:
        for name in names:
            following = self._followed[name]
            following.discard(moved)
            if not following:
                del self._followed[name]
        if not self._followed and self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def _read(self, begun: asyncio.Event) -> None:
        ledger = self._engine.runtime.ledger
        try:
            after = await ledger.last()
        finally:
            begun.set()
        while not self._closing.is_set():
            grown = asyncio.create_task(self._engine.grown())
            try:
                # The wait must have begun before the ledger is read, or what happens in between would go unnoticed.
                await asyncio.sleep(0)
                while page := await ledger.page(after, _PAGE):
                    after = page[-1].position
                    for stored in page:
                        self._tell(stored.entry)
                await grown
            except StorageError:
                LOG.exception("the ledger cannot be read; whoever follows a task is told so")
                for following in self._followed.values():
                    for moved in following:
                        moved.set()
                return
            finally:
                grown.cancel()

    def _tell(self, entry: Entry) -> None:
        for name in _names(entry):
            for moved in self._followed.get(name, ()):
                moved.set()


def _names(entry: Entry) -> Iterator[str]:
    yield entry.command.id.partition("/")[0]
    if entry.decision is not None:
        yield entry.decision.invocation
    for fact in entry.facts:
        about = getattr(fact, "invocation", None)
        if about is not None:
            yield about if isinstance(about, str) else about.id
