"""Flow: how many customers came through the steps of journeys, by which way, and where they ended."""

import asyncio
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from xop.kernel.entry import Entry
from xop.kernel.journeys.facts import PathEnded, RunEnded, RunEntered, RunTransferred, StepReached
from xop.kernel.passage.walk import AGAIN
from xop.ports.ledger import Ledger

MOST = 50_000
"""The latest entries of the ledger that are counted when it is asked first."""

PATIENCE = 5_000
"""Entries that one reader waits for; beyond that the answer says how many are missing."""

_PAGE = 200

_FORK = "path"
"""How the token of a path comes to the step that opens the paths: nobody was there twice."""


class Passing(Struct, frozen=True):
    """What passed through one version of a journey."""

    entered: Counter[str] = field(default_factory=Counter)
    """By what led to it."""
    reached: Counter[str] = field(default_factory=Counter)
    """By step; a step that is begun anew counts once."""
    moved: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By the step that was left, how, and the step that was reached."""
    ended: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By the step at which a run ended, the reason and the outcome."""


class _Passage(Struct):
    """Where one run stands, as far as it was followed."""

    version: str
    steps: dict[int, str] = field(default_factory=dict)
    """By token."""


class Flow:
    """Counts from the ledger when it is asked; what it holds is lost with the process and counted again."""

    def __init__(self, ledger: Ledger, most: int = MOST) -> None:
        self.since: int | None = None
        """The moment of the first entry that is counted; None before there is one."""
        self.bounded = False
        """Whether the ledger had earlier entries than those that are counted."""
        self._ledger = ledger
        self._most = most
        self._position = -1
        self._passing: dict[tuple[str, str], Passing] = {}
        self._runs: dict[str, _Passage] = {}
        self._turn = asyncio.Lock()

    async def settled(self) -> int:
        """Count what came since the last time, and return how many entries are still missing."""
        async with self._turn:
            last = await self._ledger.last()
            if self._position < 0:
                self._position, self.bounded = max(0, last - self._most), last > self._most
            left = PATIENCE
            while self._position < last and left > 0:
                page = await self._ledger.page(self._position, _PAGE)
                if not page:
                    break
                for stored in page:
                    self._take(stored.entry)
                self._position, left = page[-1].position, left - len(page)
                # What rules goes first.
                await asyncio.sleep(0)
            return max(0, last - self._position)

    def of(self, journey: str) -> dict[str, Passing]:
        """Return what passed through a journey, by version; the empty one is of runs that began before `since`."""
        return {version: passing for (name, version), passing in self._passing.items() if name == journey}

    def _take(self, entry: Entry) -> None:
        if self.since is None:
            self.since = entry.moment.at
        for fact in entry.facts:
            if isinstance(fact, RunEntered):
                self._runs[fact.run] = _Passage(fact.version)
                self._counts(fact.journey, fact.version).entered[fact.by] += 1
            elif isinstance(fact, StepReached):
                self._reach(fact)
            elif isinstance(fact, RunTransferred):
                steps = {token.id: token.step for token in fact.tokens}
                self._runs[fact.run] = _Passage(fact.version, steps)
            elif isinstance(fact, PathEnded):
                known = self._runs.get(fact.run)
                if known is not None:
                    known.steps.pop(fact.token, None)
            elif isinstance(fact, RunEnded):
                self._runs.pop(fact.run, None)
                self._counts(fact.journey, fact.version).ended[fact.step, fact.reason, fact.outcome] += 1

    def _reach(self, fact: StepReached) -> None:
        run = self._runs.setdefault(fact.run, _Passage(""))
        before = run.steps.get(fact.token)
        run.steps[fact.token] = fact.step
        forked = before is None and fact.by == _FORK
        if forked or (before == fact.step and _still(fact)):
            return
        counts = self._counts(fact.journey, run.version)
        counts.reached[fact.step] += 1
        if before is not None:
            counts.moved[before, fact.by, fact.step] += 1

    def _counts(self, journey: str, version: str) -> Passing:
        return self._passing.setdefault((journey, version), Passing())


def _still(fact: StepReached) -> bool:
    """Say whether a token is still at a step that it had come to: it proposes once more, or waits until it may."""
    return fact.by == AGAIN or fact.tries > 1 or (fact.waits == "time" and fact.tries > 0)


def together(those: Iterable[Passing]) -> Passing:
    """Return what passed through several versions as one."""
    whole = Passing()
    for each in those:
        whole.entered.update(each.entered)
        whole.reached.update(each.reached)
        whole.moved.update(each.moved)
        whole.ended.update(each.ended)
    return whole
