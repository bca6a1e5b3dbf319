"""The shadow: a release that is only observed decides whatever was decided once more, behind the release that rules."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from xop.engine.contrast import Judged, beside, broken, within
from xop.engine.draft_batch import DraftBatch
from xop.kernel.release import Release
from xop.ports.errors import StorageError
from xop.ports.runtime import Runtime
from xop.ports.shadows import Contrast

LOG = logging.getLogger("xop.shadow")

PAUSE = 250
"""Milliseconds in which decisions gather, so that many contrasts become durable together."""

WAITING = 10_000
"""Most decisions that wait; those beyond are passed over, since whoever is observed must not slow down what rules."""

_BATCH = 256
_SLICE = 8
"""Decisions taken at a stretch, before others get their turn."""


class Shadow:
    """Follows durable decisions and keeps how they compare; nothing it does or fails at reaches what rules."""

    def __init__(self, runtime: Runtime, live: Callable[[], Release]) -> None:
        self.release: Release | None = None
        """The release in shadow."""
        self.missed = 0
        """Decisions that were passed over since the process began."""
        self._runtime = runtime
        self._live = live
        self._waiting: deque[Judged] = deque()
        self._seen = 0
        self._looked = 0
        self._news = asyncio.Event()
        self._asked = asyncio.Event()
        """Set while somebody waits for contrasts, and at the end: decisions need not gather then."""
        self._progress = asyncio.Event()
        self._open = False
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many decisions have yet to be looked at."""
        return self._seen - self._looked

    def start(self) -> None:
        """Begin to follow."""
        self._open = True
        self._task = asyncio.create_task(self._run(), name="xop-shadow")

    async def stop(self) -> None:
        """Look at what waits, and end."""
        self._open = False
        self._asked.set()
        self._news.set()
        if self._task is not None:
            await self._task
            self._task = None

    def follow(self, draft: DraftBatch) -> None:
        """Take in what has become durable."""
        for entry in draft.batch.entries:
            decision = entry.decision
            if decision is not None and (decision.shadow or decision.would is not None):
                self._take(Judged(entry, decision))
        for judged in draft.judged or ():
            self._take(judged)

    async def settled(self) -> None:
        """Return when the contrasts of everything durable so far are."""
        mark = self._seen
        while self._looked < mark and self._task is not None:
            self._asked.set()
            await self._progress.wait()

    def _take(self, judged: Judged) -> None:
        if len(self._waiting) >= WAITING:
            self.missed += 1
            return
        self._seen += 1
        self._waiting.append(judged)
        self._news.set()

    async def _run(self) -> None:
        while self._open or self._waiting:
            await self._news.wait()
            await self._pause()
            self._news.clear()
            while self._waiting:
                await self._look([self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))])
            if self._open:
                self._asked.clear()

    async def _pause(self) -> None:
        """Let decisions gather, unless somebody waits for what they come to."""
        pause = asyncio.ensure_future(self._runtime.clock.until(self._runtime.clock.now() + PAUSE))
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait([pause, asked], return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            asked.cancel()

    async def _look(self, batch: list[Judged]) -> None:
        found: list[Contrast] = []
        for number, judged in enumerate(batch, 1):
            found += self._contrasts(judged)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        try:
            if found:
                await self._runtime.shadows.note(found)
        except StorageError:
            LOG.exception("%d decisions were looked at in vain: how they compare could not be kept", len(found))
            self.missed += len(found)
        self._looked += len(batch)
        self._progress.set()
        self._progress = asyncio.Event()

    def _contrasts(self, judged: Judged) -> list[Contrast]:
        if judged.before is None:
            return list(within(judged))
        shadow = self.release
        if shadow is None:
            return []
        try:
            return [beside(self._live(), shadow, judged, judged.before)]
        except Exception as error:
            LOG.exception("the release in shadow could not decide on %s", judged.decision.id)
            return [broken(shadow, judged, error)]
