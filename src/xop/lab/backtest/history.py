"""The history of a group of customers: what was recorded, ready to be taken again."""

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.values import Known
from xop.kernel.commands import Command, Execution, Outcome
from xop.kernel.entry import Entry
from xop.lab.backtest.provenance import from_outside
from xop.ports.ledger import Stored

LAG = 60_000
"""Milliseconds by which a timer may have fired late and still be the same one."""


_TELLING = frozenset({f.InvocationQueued, f.InvocationHeld, f.InvocationStarted, f.PromiseMade})
"""Facts that say when something was to happen, or what was sent."""


class Place(Struct, frozen=True):
    """A recorded step and its place in the order of the history."""

    at: int
    """When it was taken, in milliseconds since the epoch; never before the step before it, even if a clock was set back."""
    position: int
    entry: Entry


class Result(Struct, frozen=True):
    """The recorded outcome of one attempt."""

    outcome: Outcome
    delay: int
    """Milliseconds from the start of the attempt to its outcome."""
    place: Place


SendingKey = tuple[str, str, str]
"""Part, action and actor."""


class History:
    """Everything recorded about customers that were ever merged with one another."""

    def __init__(self, stored: Sequence[Stored]) -> None:
        self.places: list[Place] = []
        self.outside: list[Place] = []
        """Commands that come again whatever release rules, in order."""
        self._inside: dict[str, Place] = {}
        self._dues: dict[str, int] = {}
        self._reads: dict[tuple[str, str], list[Known]] = {}
        self._results: dict[tuple[str, int], Result] = {}
        self._sendings: dict[SendingKey, list[str]] = {}
        self._sent: set[str] = set()
        self._keys: dict[str, SendingKey] = {}
        self._starts: dict[tuple[str, int], int] = {}
        at = 0
        for each in stored:
            at = max(at, each.entry.moment.at)
            self._take(Place(at, each.position, each.entry))

    def same_timer(self, command: Command, due: int, *, at_once: bool) -> Place | None:
        """Return where a command that is due was recorded, if that was the same timer and not only the same name.

        `at_once` says that a recorded step asked for it without delay. Recorded lateness is kept, so that the release that
        ruled decides again at the moments at which it did.
        """
        place = self._inside.get(command.id)
        if place is None:
            return None
        known = self._dues.get(command.id)
        if known is not None:
            return place if known == due else None
        # The name of an execution holds when it was due, and what advances a run knows it.
        certain = at_once or isinstance(command, Execution) or getattr(place.entry.command, "due", None) == due
        return place if certain or 0 <= place.at - due <= LAG else None

    def recorded(self, command: str) -> bool:
        """Say whether a command of the platform's own was recorded."""
        return command in self._inside

    def read(self, part: str, action: str, at: int) -> Known | None:
        """Return what a read action last answered about a part at or before a moment."""
        known = self._reads.get((part, action), [])
        index = bisect_right(known, at, key=lambda each: each.at)
        return known[index - 1] if index else None

    def result(self, invocation: str, attempt: int) -> Result | None:
        """Return the recorded outcome of an attempt."""
        return self._results.get((invocation, attempt))

    def sending(self, invocation: str, key: SendingKey, number: int) -> str:
        """Return the recorded invocation whose outcomes one has: its own, else the one that was sent in its place.

        That is the `number`-th that was sent for the same part, action and actor; empty when there is none.
        """
        if invocation in self._sent:
            return invocation
        sent = self._sendings.get(key, [])
        return sent[number] if number < len(sent) else ""

    def _take(self, place: Place) -> None:
        entry, command = place.entry, place.entry.command
        self.places.append(place)
        if from_outside(command):
            self.outside.append(place)
        else:
            self._inside[command.id] = place
        for action, known in entry.moment.reads.items():
            self._remember(entry.origin, action, known)
        decision = entry.decision
        if decision is not None and decision.verdict == "hold":
            self._dues[f"again:{decision.invocation}:{command.id}"] = decision.due
        for fact in entry.facts:
            if type(fact) in _TELLING:
                self._learn(place, fact)
        if isinstance(command, Outcome):
            self._conclude(place, command)

    def _remember(self, part: str, action: str, known: Known) -> None:
        earlier = self._reads.setdefault((part, action), [])
        earlier.insert(bisect_right(earlier, known.at, key=lambda each: each.at), known)

    def _learn(self, place: Place, fact: f.Fact) -> None:
        entry = place.entry
        if isinstance(fact, f.InvocationQueued | f.InvocationHeld):
            self._keys[fact.invocation.id] = sending_key(entry.origin, fact.invocation)
        elif isinstance(fact, f.InvocationStarted):
            self._starts[fact.invocation, fact.attempt] = place.at
            self._send(fact.invocation)
        elif isinstance(fact, f.PromiseMade) and fact.due is not None:
            self._dues[f"deadline:{entry.command.id}:{fact.promise}"] = max(fact.due, entry.moment.at)

    def _conclude(self, place: Place, command: Outcome) -> None:
        start = self._starts.get((command.invocation, command.attempt), place.at)
        self._results[command.invocation, command.attempt] = Result(command, place.at - start, place)
        self._send(command.invocation)

    def _send(self, invocation: str) -> None:
        key = self._keys.get(invocation)
        if invocation not in self._sent and key is not None:
            self._sendings.setdefault(key, []).append(invocation)
        self._sent.add(invocation)


def sending_key(part: str, invocation: Invocation) -> SendingKey:
    """Return what invocations have in common that are counted together; triggers are numbered, so their names move."""
    actor = invocation.actor
    return part, invocation.action, actor.kind if actor.kind == "trigger" else str(actor)
