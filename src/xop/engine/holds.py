"""Holds: which part each held invocation belongs to, so that an answer to one finds its way."""

from collections.abc import Iterable

from xop.kernel.commands import Reconsideration
from xop.kernel.entry import Entry
from xop.kernel.facts import InvocationCancelled, InvocationHeld, InvocationQueued
from xop.kernel.steps.proposal import hold_key
from xop.ports.timers import Timers

_ALWAYS, _ALL = 2**62, 2**31 - 1


class Holds:
    """Follows the ledger; what was held before the process began is read from the timers when first asked for."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._parts: dict[str, str] = {}
        self._complete = False

    def note(self, entries: Iterable[Entry]) -> None:
        """Take in what has become durable."""
        for entry in entries:
            for fact in entry.facts:
                if isinstance(fact, InvocationHeld):
                    self._parts[fact.invocation.id] = entry.origin
                elif isinstance(fact, InvocationQueued):
                    self._parts.pop(fact.invocation.id, None)
                elif isinstance(fact, InvocationCancelled):
                    self._parts.pop(fact.invocation, None)

    async def part(self, invocation: str) -> str | None:
        """Return the part of a held invocation; None for one that is not held. Raises `StorageError`."""
        if invocation not in self._parts and not self._complete:
            # Every hold ends by a timer of its own.
            for timer in await self._timers.due(_ALWAYS, _ALL):
                command = timer.command
                if isinstance(command, Reconsideration) and timer.key == hold_key(command.invocation):
                    self._parts.setdefault(command.invocation, timer.part)
            self._complete = True
        return self._parts.get(invocation)
