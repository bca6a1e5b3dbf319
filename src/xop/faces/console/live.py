"""Live parts: what a page shows, sent again whenever something has happened and it came out otherwise.

All who look at the same share one rendering: how many they are costs the server no more than sending it to each.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from starlette.types import Receive, Send

from xop.engine.engine import Engine
from xop.faces.console.asking import Elsewhere
from xop.faces.console.wire import SAFE_HEADERS
from xop.faces.http.operation import UNBUFFERED
from xop.faces.http.problems import ProblemError
from xop.ports.errors import XopError

LOG = logging.getLogger("xop.console")

LEAST = 0.03
"""Seconds between two renderings of a page, so that a busy ledger does not keep the server busy with one reader."""

_SHARE = 3
"""A rendering is followed by a pause of this many times its own length, for each of the pages that are looked at: all of
them together take a quarter of the server's time at most."""

_LONGEST = 5.0
"""Seconds after which a rendering is given up."""

QUIET = 1.0
"""Seconds after which a page is looked at again although the ledger is quiet: time passes in it."""

_HEARTBEAT = 15.0

MOST = 64
"""Streams of one session: more than anybody has windows, and few enough that nobody takes the server up alone."""

Parts = Mapping[str, bytes]
"""Each part of a page as what replaces the element of its name."""


class Gone(Exception):  # noqa: N818 - names what is the case
    """Whoever follows a page is not signed in any more, or may see something else by now."""


@dataclass(slots=True, eq=False)
class Reader:
    """One who looks."""

    render: Callable[[], Awaitable[Parts]]
    """Renders the page for them; raises Gone."""
    check: Callable[[], Awaitable[object]]
    """Raises Gone once they may not look any more."""
    seen: int = 0
    """The version of the newest part that they were sent."""
    told: float = field(default_factory=perf_counter)
    checked: float = field(default_factory=perf_counter)


class _Show:
    """One page as all see it who look at the same, with each part's present version."""

    def __init__(
        self, engine: Engine, closing: asyncio.Event, others: Mapping[Hashable, "_Show"], turn: asyncio.Lock
    ) -> None:
        self.readers: list[Reader] = []
        self._others = others
        self._turn = turn
        self.task: asyncio.Task[None] | None = None
        self.news = asyncio.Event()
        self._engine = engine
        self._closing = closing
        self._parts: dict[str, tuple[int, bytes]] = {}
        self._version = 0

    async def run(self) -> None:
        """Render whenever the ledger has grown, and now and then."""
        closed = asyncio.create_task(self._closing.wait())
        grown = asyncio.create_task(self._engine.grown())
        took = 0.0
        try:
            while not self._closing.is_set():
                # What has just been committed tells everybody first.
                await asyncio.sleep(0)
                async with self._turn:
                    began, before = perf_counter(), took
                    await self._rendered()
                    took = perf_counter() - began
                # One that took long while the server was busy with something else is no measure of the page.
                await asyncio.sleep(max(LEAST, _SHARE * min(took, before) * len(self._others)))
                await asyncio.wait({grown, closed}, timeout=QUIET, return_when=asyncio.FIRST_COMPLETED)
                if grown.done():
                    grown = asyncio.create_task(self._engine.grown())
        finally:
            grown.cancel()
            closed.cancel()
            await asyncio.gather(grown, closed, return_exceptions=True)

    async def _rendered(self) -> None:
        """Render, unless that takes so long that others would wait for it."""
        try:
            async with asyncio.timeout(_LONGEST):
                await self._render()
        except TimeoutError:
            LOG.warning("the live parts of a page took longer than %g seconds to render", _LONGEST)

    async def _render(self) -> None:
        """Render once, for the first reader who may still look: what it comes to is the same for all."""
        for reader in tuple(self.readers):
            try:
                self._take(await reader.render())
            except Gone:
                continue
            except (ProblemError, XopError, Elsewhere):
                return
            except Exception:
                LOG.exception("the live parts of a page could not be rendered")
                return
            return

    def _take(self, parts: Parts) -> None:
        changed = [name for name, part in parts.items() if self._parts.get(name, (0, b""))[1] != part]
        if changed:
            self._version += 1
            self._parts.update((name, (self._version, parts[name])) for name in changed)
            self._tell()

    def _tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    def unseen(self, reader: Reader) -> bytes:
        """Return what a reader has not been sent as it is now, however much happened between; note that it is sent."""
        parts = b"".join(part for version, part in self._parts.values() if version > reader.seen)
        reader.seen = self._version
        return parts


class Shows:
    """Every page that somebody looks at."""

    def __init__(self, engine: Engine, closing: asyncio.Event) -> None:
        self._engine = engine
        self._closing = closing
        self._shows: dict[Hashable, _Show] = {}
        self._turn = asyncio.Lock()
        """One page is rendered at a time: what else the server has to do comes between two."""
        self._seated: Counter[str] = Counter()

    @contextmanager
    def seat(self, session: str) -> Iterator[None]:
        """Count a stream of a session until the block ends; raises ProblemError (429) where it has too many."""
        if self._seated[session] >= MOST:
            raise ProblemError("streams-exceeded", f"{MOST} pages are followed in this session already")
        self._seated[session] += 1
        try:
            yield
        finally:
            self._seated[session] -= 1
            self._seated += Counter()

    async def follow(self, key: Hashable, reader: Reader) -> AsyncGenerator[bytes]:
        """Yield the parts of a page as server-sent events: all at once, and then those that came out otherwise.

        Whoever gives the same key looks at the same. Each part is sent as a whole, so that a reader who was cut off misses
        nothing by coming back, and a slow one is spared what is out of date.
        """
        show = self._enter(key, reader)
        closed = asyncio.create_task(self._closing.wait())
        try:
            while not self._closing.is_set():
                news = asyncio.create_task(show.news.wait())
                try:
                    now = perf_counter()
                    if now - reader.checked > QUIET:
                        reader.checked = now
                        await reader.check()
                    parts = show.unseen(reader)
                    if parts:
                        reader.told = now
                        yield _event(parts)
                    elif now - reader.told > _HEARTBEAT:
                        reader.told = now
                        yield b": still here\n\n"
                    await asyncio.wait({news, closed}, timeout=QUIET, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    news.cancel()
        except Gone:
            return
        finally:
            closed.cancel()
            self._leave(key, show, reader)

    def _enter(self, key: Hashable, reader: Reader) -> _Show:
        show = self._shows.get(key)
        if show is None:
            show = self._shows[key] = _Show(self._engine, self._closing, self._shows, self._turn)
        show.readers.append(reader)
        if show.task is None:
            show.task = asyncio.create_task(show.run(), name="xop-console-live")
        return show

    def _leave(self, key: Hashable, show: _Show, reader: Reader) -> None:
        show.readers.remove(reader)
        if not show.readers:
            if self._shows.get(key) is show:
                del self._shows[key]
            if show.task is not None:
                show.task.cancel()


def _event(parts: bytes) -> bytes:
    lines = b"".join(b"data: %s\n" % line for line in parts.splitlines())
    return lines + b"\n"


class Listener:
    """One reader of a stream of events."""

    def __init__(self, send: Send, receive: Receive) -> None:
        self._send = send
        self._receive = receive

    async def follow(self, events: AsyncIterator[bytes]) -> None:
        """Send events until the reader leaves or there are no more."""
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), UNBUFFERED, *SAFE_HEADERS]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        forward = asyncio.create_task(self._forward(events))
        leaving = asyncio.create_task(self._left())
        try:
            await asyncio.wait({forward, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (forward, leaving):
                task.cancel()
            fault, _ = await asyncio.gather(forward, leaving, return_exceptions=True)
        if isinstance(fault, Exception):
            # The answer has begun: the reader's browser comes back for it once it breaks off.
            LOG.error("what a reader followed broke off", exc_info=fault)

    async def _forward(self, events: AsyncIterator[bytes]) -> None:
        async for event in events:
            await self._send({"type": "http.response.body", "body": event, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
