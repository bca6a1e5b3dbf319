"""The record of a scenario: what its ledger holds, and since when it matters to the next expectations."""

from asyncio import Lock
from collections.abc import Iterator, Sequence

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.ports.ledger import Ledger

_PAGE = 1_000

Ended = f.InvocationDone | f.InvocationFailed | f.InvocationUncertain | f.InvocationCancelled | f.InvocationDropped

_ENDINGS: dict[type, str] = {
    f.InvocationDone: "done",
    f.InvocationFailed: "failed",
    f.InvocationUncertain: "uncertain",
    f.InvocationCancelled: "cancelled",
    f.InvocationDropped: "dropped",
}


class Record:
    """Everything that has become durable, and the state of every invocation."""

    def __init__(self, ledger: Ledger) -> None:
        self.entries: list[Entry] = []
        self.invocations: dict[str, Invocation] = {}
        """As they were last held or queued."""
        self.origins: dict[str, str] = {}
        """The part of each invocation's customer."""
        self.states: dict[str, str] = {}
        """Held, queued, started, or how it ended."""
        self._ledger = ledger
        self._reading = Lock()
        self._position = 0
        self._mark = 0

    async def read(self) -> None:
        """Take in what has become durable since the last time."""
        async with self._reading:
            while page := await self._ledger.page(self._position, _PAGE):
                for stored in page:
                    self._take(stored.entry)
                self._position = page[-1].position

    def mark(self) -> None:
        """Let expectations look only at what comes from now on."""
        self._mark = len(self.entries)

    @property
    def recent(self) -> Sequence[Entry]:
        """What came since the mark."""
        return self.entries[self._mark :]

    def decisions(self) -> Iterator[tuple[Entry, Decision]]:
        """Yield the decisions since the mark, the latest first."""
        return ((entry, entry.decision) for entry in reversed(self.recent) if entry.decision is not None)

    def endings(self) -> Iterator[tuple[Entry, Ended]]:
        """Yield how invocations ended since the mark, the latest first."""
        for entry in reversed(self.recent):
            for fact in reversed(entry.facts):
                if isinstance(fact, Ended):
                    yield entry, fact

    def in_state(self, *states: str) -> list[Invocation]:
        """Return the invocations that are in some states now, the latest of them last."""
        return [self.invocations[name] for name, state in self.states.items() if state in states]

    def hold(self, invocation: str) -> Decision | None:
        """Return the decision that holds an invocation."""
        decisions = (entry.decision for entry in reversed(self.entries))
        return next((each for each in decisions if each is not None and each.invocation == invocation), None)

    def _take(self, entry: Entry) -> None:
        self.entries.append(entry)
        for fact in entry.facts:
            if isinstance(fact, f.InvocationHeld | f.InvocationQueued):
                name = fact.invocation.id
                self.invocations[name] = fact.invocation
                self.origins[name] = entry.origin
                self._become(name, "held" if isinstance(fact, f.InvocationHeld) else "queued")
            elif isinstance(fact, f.InvocationStarted):
                self._become(fact.invocation, "started")
            elif isinstance(fact, f.AttemptFailed):
                self._become(fact.invocation, "queued")
            elif isinstance(fact, Ended):
                self._become(fact.invocation, ending(fact))

    def _become(self, invocation: str, state: str) -> None:
        self.states.pop(invocation, None)
        self.states[invocation] = state


def ending(fact: Ended) -> str:
    """Return how an invocation ended, in one word."""
    return _ENDINGS[type(fact)]
