"""The held: every invocation that waits for something, so that how many and since when is known at once."""

from typing import NamedTuple

from xop.kernel.actions.invocation import Invocation
from xop.kernel.entry import Entry
from xop.kernel.facts import (
    InvocationCancelled,
    InvocationDone,
    InvocationFailed,
    InvocationHeld,
    InvocationQueued,
    InvocationStarted,
)
from xop.kernel.steps.proposal import HOLD
from xop.ports.runtime import Runtime

_PAGE = 500

_SECOND_LOOK = 60_000
"""Milliseconds after which those that were erased meanwhile are found to be gone."""

_OVER = (InvocationCancelled, InvocationDone, InvocationFailed, InvocationStarted)

FOLLOWED: frozenset[type] = frozenset({InvocationHeld, InvocationQueued, *_OVER})
"""The facts that say what is held, and what is not any more."""


class Hold(NamedTuple):
    """What one invocation waits for, and since when."""

    until: str
    at: int


class Held:
    """Follows entries; the timers that end holds say what is held when the process begins."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._holds: dict[str, Hold] = {}
        self._looked = 0

    def fold(self, entry: Entry) -> None:
        """Take in what has become true."""
        for fact in entry.facts:
            if isinstance(fact, InvocationHeld):
                self.keep(fact.invocation)
            elif isinstance(fact, InvocationQueued):
                self._holds.pop(fact.invocation.id, None)
            elif isinstance(fact, _OVER):
                self._holds.pop(fact.invocation, None)

    def keep(self, invocation: Invocation) -> None:
        """Take in one that is held."""
        self._holds[invocation.id] = Hold(invocation.until, invocation.at)

    def asked(self, invocation: str) -> bool:
        """Say whether an invocation waits for a person's approval."""
        hold = self._holds.get(invocation)
        return hold is not None and hold.until == "approval"

    def waiting(self) -> dict[str, tuple[int, int]]:
        """Return how many wait for each thing, and since when the first of them does."""
        found: dict[str, tuple[int, int]] = {}
        for until, at in self._holds.values():
            count, oldest = found.get(until, (0, at))
            found[until] = (count + 1, min(oldest, at))
        return found

    async def look(self, now: int) -> list[tuple[str, str]]:
        """Forget those that no timer knows any more; return invocation and part of those not known yet.

        Once a minute: what became true since is followed as it does.
        """
        if self._looked and now - self._looked < _SECOND_LOOK:
            return []
        self._looked = now
        after: str | None = None
        timed: dict[str, str] = {}
        while timers := await self._runtime.timers.page(HOLD, after, _PAGE):
            timed.update((timer.key.removeprefix(HOLD), timer.part) for timer in timers)
            after = timers[-1].key
        for gone in self._holds.keys() - timed.keys():
            del self._holds[gone]
        return [(name, part) for name, part in timed.items() if name not in self._holds]
