"""The agenda: what a run has scheduled for itself, in virtual time, in place of timers, outbox and the outside."""

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from operator import attrgetter
from typing import NamedTuple

from xop.kernel.actions.invocation import Invocation
from xop.kernel.commands import Command, Execution, Outcome
from xop.kernel.effects import Effect, Invoke, Schedule, Settle, Start, Unschedule
from xop.kernel.moment import Moment
from xop.lab.backtest.history import History, Place, sending_key

_AFTER_ALL = 1 << 62
"""Stands behind every position: what was not recorded comes after all that was recorded in the same millisecond."""

Key = tuple[int, int]
"""A moment and a position: the order of everything that happens in a run."""


class Cause(NamedTuple):
    """The step that something follows from."""

    at: int
    position: int
    root: str
    """The command from outside that all this goes back to."""

    @property
    def key(self) -> Key:
        """When the step is taken."""
        return self.at, self.position

    @property
    def recorded(self) -> bool:
        """Whether the step is taken where the history has it."""
        return self.position < _AFTER_ALL


@dataclass(slots=True, frozen=True)
class Appointment:
    """One command that the platform gives itself when its time comes."""

    key: Key
    part: str
    name: str
    """What it is replaced and forgotten by, within its part."""
    command: Command
    root: str
    """The command from outside that all this goes back to."""
    moment: Moment | None
    """The moment it was taken in when it was recorded; None for what only happens in this run."""


class Agenda:
    """Takes in the effects of steps and says what comes next."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._pending: dict[tuple[str, str], Appointment] = {}
        self._heap: list[tuple[Key, int, Appointment]] = []
        self._count = count()
        self._invocations: dict[str, Invocation] = {}
        """Those on their way, with their attempts so far."""
        self._attempts: dict[str, int] = {}
        self._stands_for: dict[str, str] = {}
        """The recorded invocation whose outcomes one has."""
        self._sent: dict[tuple[str, str, str], int] = {}

    def copy(self) -> "Agenda":
        """Return an agenda that goes its own way from here."""
        copied = Agenda(self._history)
        for name in ("_pending", "_invocations", "_attempts", "_stands_for", "_sent"):
            setattr(copied, name, dict(getattr(self, name)))
        for appointment in sorted(self._pending.values(), key=attrgetter("key")):
            copied._add(appointment)
        return copied

    def next_key(self) -> Key | None:
        """Return when the next appointment is, None when there is none."""
        while self._heap:
            key, _, appointment = self._heap[0]
            if self._pending.get((appointment.part, appointment.name)) is appointment:
                return key
            heappop(self._heap)
        return None

    def pop(self) -> Appointment:
        """Return the next appointment and forget it; `next_key` must have said that there is one."""
        appointment = heappop(self._heap)[2]
        del self._pending[appointment.part, appointment.name]
        return appointment

    def forget(self, command: str) -> str | None:
        """Forget the appointment of a command that was taken; return what it goes back to, None without one."""
        found = [name for name, each in self._pending.items() if each.command.id == command]
        roots = [self._pending.pop(name).root for name in found]
        return roots[0] if roots else None

    def forget_missed(self, before: int) -> None:
        """Forget appointments that were due before a moment and came to nothing: no step of theirs was recorded."""
        for name in [name for name, each in self._pending.items() if each.key[0] < before]:
            del self._pending[name]

    def take(self, effect: Effect, part: str, cause: Cause) -> None:
        """Take in what an effect of a step on a part asks for."""
        match effect:
            case Schedule():
                self._schedule(effect.part or part, effect.key, effect.due, effect.command, cause)
            case Unschedule():
                self._pending.pop((part, effect.key), None)
            case Invoke():
                self._queue(effect.invocation, part, cause)
            case Start():
                self._start(effect, part, cause)
            case Settle():
                self._settle(effect, part, cause)

    def _schedule(self, part: str, name: str, due: int, command: Command, cause: Cause) -> None:
        place = self._history.same_timer(command, due, at_once=cause.recorded and due <= cause.at)
        self._enter(part, name, (max(due, cause.at), place), command, cause)

    def _enter(self, part: str, name: str, due: tuple[int, Place | None], command: Command, cause: Cause) -> None:
        """Give a command its recorded place, or, when that is past or there is none, the moment it is due."""
        moment_due, place = due
        if place is not None and (place.at, place.position) > cause.key:
            key, moment = (place.at, place.position), place.entry.moment
        else:
            key, moment = (moment_due, _AFTER_ALL), None
        self._add(Appointment(key, part, name, command, cause.root, moment))

    def _add(self, appointment: Appointment) -> None:
        self._pending[appointment.part, appointment.name] = appointment
        heappush(self._heap, (appointment.key, next(self._count), appointment))

    def _queue(self, invocation: Invocation, part: str, cause: Cause) -> None:
        self._invocations[invocation.id] = invocation
        self._attempts[invocation.id] = invocation.attempt
        unrendered = f"outcome:{invocation.id}:unrendered:{cause.at}"
        if self._history.recorded(unrendered):
            failed = Outcome(unrendered, invocation.id, invocation.attempt, "failed")
            self._schedule(part, _sending(invocation.id), cause.at, failed, cause)
        else:
            self._leave(invocation.id, part, max(invocation.not_before, cause.at), cause)

    def _leave(self, invocation: str, part: str, due: int, cause: Cause) -> None:
        attempt = self._attempts.get(invocation, 0) + 1
        command = Execution(f"execution:{invocation}:{attempt}:{due}", invocation, attempt)
        self._schedule(part, _sending(invocation), due, command, cause)

    def _start(self, effect: Start, part: str, cause: Cause) -> None:
        """An attempt turns out as it did when it was recorded, or as the one did that was sent in its place; else well."""
        name, attempt = effect.invocation, effect.attempt
        self._attempts[name] = attempt
        result = self._history.result(self._stand_in(name, part), attempt)
        command = Outcome(f"outcome:{name}:{attempt}", name, attempt, "done")
        place, due = None, cause.at
        if result is not None:
            told = result.outcome
            command = Outcome(
                command.id, name, attempt, told.result, told.detail, told.output, retry_after=told.retry_after
            )
            due += result.delay
            place = result.place if told.invocation == name and cause.recorded else None
        self._enter(part, _sending(name), (due, place), command, cause)

    def _stand_in(self, name: str, part: str) -> str:
        known = self._stands_for.get(name)
        if known is None:
            invocation = self._invocations.get(name)
            key = sending_key(part, invocation) if invocation is not None else (part, "", "")
            number = self._sent.get(key, 0)
            self._sent[key] = number + 1
            known = self._stands_for[name] = self._history.sending(name, key, number)
        return known

    def _settle(self, effect: Settle, part: str, cause: Cause) -> None:
        if effect.state == "pending":
            self._leave(effect.invocation, part, effect.due, cause)
        else:
            self._pending.pop((part, _sending(effect.invocation)), None)


def _sending(invocation: str) -> str:
    return f"sending {invocation}"
