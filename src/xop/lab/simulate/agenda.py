"""The agenda: what customers will do, in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from xop.lab.simulate.customers import Inhabitant
from xop.workspace.populations import CompiledEvent


@dataclass(slots=True, order=True)
class Due:
    """One thing that a customer, or a colleague, will do; ordered by time, customer, name and number."""

    at: int
    customer: int
    name: str
    nth: int
    event: CompiledEvent | None = field(default=None, compare=False)
    who: Inhabitant | None = field(default=None, compare=False)
    cause: dict[str, Any] = field(default_factory=dict, compare=False)
    """The data of what is reacted to."""
    more: Iterator[int] | None = field(default=None, compare=False)
    """The occasions after this one."""
    command: Any = field(default=None, compare=False)
    """The command itself with its part, where it is no event of the population."""


class Agenda:
    """Moments are rounded up to whole steps, so that what belongs to one step is taken up together."""

    def __init__(self, begin: int, step: int) -> None:
        self._begin = begin
        self._step = step
        self._heap: list[Due] = []

    def add(self, due: Due, after: int) -> None:
        """Put something on the agenda, later than `after`."""
        steps = -(-(max(due.at, after + 1) - self._begin) // self._step)
        due.at = self._begin + steps * self._step
        heappush(self._heap, due)

    def next_moment(self) -> int | None:
        """Return when the next thing is to happen."""
        return self._heap[0].at if self._heap else None

    def take(self, at: int) -> list[Due]:
        """Return all that is to happen at or before a moment, in order."""
        found = []
        while self._heap and self._heap[0].at <= at:
            found.append(heappop(self._heap))
        return found
