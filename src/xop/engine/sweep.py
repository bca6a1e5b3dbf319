"""A sweep: what a publication asks of every customer, run and hold, paced, and taken up again after a fall."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from xop.kernel.commands import Command, Reconsideration, Review, Transfer
from xop.kernel.release import Move, Release
from xop.kernel.steps.proposal import HOLD
from xop.ports.errors import DamagedError
from xop.ports.runs import Cursor, Selection, Standing
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.sweep")

_PAGE = 256

PACE = 1_000.0
"""Customers a second when the workspace names no pace of its own."""

_AFTER_A_FAULT = 1000
"""Milliseconds until a sweep that met a fault goes on."""

Submit = Callable[[Command, str], Awaitable[object]]


class Sweep:
    """Moves runs, reviews customers and has new approvers asked after a publication; all it submits may be submitted again."""

    def __init__(self, runtime: Runtime, submit: Submit) -> None:
        self._runtime = runtime
        self._submit = submit
        self._task: asyncio.Task[None] | None = None
        self.left = ""
        """The release whose sweep is not over yet."""
        self._begun = 0
        self._flying: list[asyncio.Future[object]] = []
        """Answers to what was submitted last; a sweep that is given up leaves them on their way."""

    def start(self, release: Release, *, reviewing: bool = True) -> None:
        """Begin for a release; a sweep of another that still goes on is given up.

        Customers need no `reviewing` when neither segments nor schedules have changed.
        """
        self.cancel()
        self.left = release.digest
        self._begun = self._runtime.clock.now()
        self._task = asyncio.create_task(self._run(release, reviewing=reviewing), name="xop-sweep")

    def cancel(self) -> None:
        """End; what is left is done after the next start."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def stop(self) -> None:
        """End, and wait until it has."""
        task = self._task
        self.cancel()
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def finished(self) -> None:
        """Return when nothing is left to do."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self, release: Release, *, reviewing: bool) -> None:
        # What an earlier sweep had submitted must have been done before anybody looks where runs stand.
        await asyncio.gather(*self._flying, return_exceptions=True)
        while self.left == release.digest:
            try:
                if not await self._runtime.releases.settled(release.digest):
                    await self._moves(release)
                    if reviewing:
                        await self._reviews(release)
                    await self._requests(release)
                    for digest in (*_replaced(release), release.digest):
                        await self._runtime.releases.settle(digest)
                self.left = ""
            except Exception:
                LOG.exception("the sweep of %s met a fault; going on in a second", release.digest)
                await self._runtime.clock.until(self._runtime.clock.now() + _AFTER_A_FAULT)

    async def _moves(self, release: Release) -> None:
        settled = {each for each in _replaced(release) if await self._runtime.releases.settled(each)}
        for move in release.routes.moves:
            if move.change != "restore" and move.release in settled:
                # Who has come to such a step since was not meant.
                continue
            selection = Selection(version=move.version)
            after: Cursor | None = None
            while page := await self._runtime.runs.page(selection, after, _PAGE):
                whole = _whole(page)
                after = whole[-1].cursor
                await self._paced(release, self._transfers(release, move, whole))

    def _transfers(self, release: Release, move: Move, page: Sequence[Standing]) -> list[tuple[Command, str]]:
        """A run whose tokens stand at steps with different fates stays: half a run cannot go."""
        concerned: dict[str, str] = {}
        staying: set[str] = set()
        for standing in page:
            wanted = standing.aside == (move.change == "restore" and standing.version == move.to)
            if standing.step in move.steps and wanted:
                concerned[standing.run] = standing.part
            else:
                staying.add(standing.run)
        return [(self._transfer(release, move, run), part) for run, part in concerned.items() if run not in staying]

    def _transfer(self, release: Release, move: Move, run: str) -> Transfer:
        """The same release may be published again: a move is known by when it began, and does nothing a second time."""
        name = f"transfer:{run}:{release.digest}:{move.change}:{move.version}:{move.to}:{self._begun}"
        steps = {step: to for step, to in move.steps.items() if step != to}
        return Transfer(
            name, run, move.release or release.digest, move.change, move.to, steps, tuple(sorted(move.steps))
        )

    async def _reviews(self, release: Release) -> None:
        after = ""
        while page := await self._runtime.directory.page(after, _PAGE):
            after = page[-1]
            reviews = ((Review(f"review:{part}:{release.digest}:{self._begun}", published=True), part) for part in page)
            await self._paced(release, reviews)

    async def _requests(self, release: Release) -> None:
        """Have those asked whom the release lets answer what is held; a hold that waits for nobody says so by itself."""
        after: str | None = None
        while page := await self._runtime.timers.page(HOLD, after, _PAGE):
            after = page[-1].key
            names = ((timer.key.removeprefix(HOLD), timer.part) for timer in page)
            again = ((f"asked:{name}:{release.digest}:{self._begun}", name, part) for name, part in names)
            asked = ((Reconsideration(own, name, published=True), part) for own, name, part in again)
            await self._paced(release, asked)

    async def _paced(self, release: Release, commands: Iterable[tuple[Command, str]]) -> None:
        begun = self._runtime.clock.now()
        self._flying = [asyncio.ensure_future(self._submit(command, part)) for command, part in commands]
        if self._flying:
            shielded = (asyncio.shield(each) for each in self._flying)
            for answer in await asyncio.gather(*shielded, return_exceptions=True):
                if isinstance(answer, DamagedError):
                    LOG.error("a customer is passed over: %s", answer)
                elif isinstance(answer, BaseException):
                    raise answer
            await self._runtime.clock.until(begun + int(len(self._flying) * 1000 / (release.pace or PACE)))


def _whole(page: Sequence[Standing]) -> Sequence[Standing]:
    """Return a page without the last run, whose other tokens may be on the next page; a single run stays."""
    last = page[-1].run
    whole = [each for each in page if each.run != last]
    return whole if whole and len(page) == _PAGE else page


def _replaced(release: Release) -> tuple[str, ...]:
    """Return the releases whose place a release took on the baseline of another version, and whose moves it has."""
    return tuple(
        dict.fromkeys(each.release for each in release.routes.moves if each.change != "restore" and each.release)
    )
