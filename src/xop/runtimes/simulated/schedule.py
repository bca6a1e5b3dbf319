"""What is due when."""

from bisect import bisect_left, insort
from collections.abc import Iterator


class Schedule:
    """Names in order of their moments, each at one moment."""

    def __init__(self) -> None:
        self._moments: dict[tuple[str, ...], int] = {}
        self._order: list[tuple[int, tuple[str, ...]]] = []

    def set(self, name: tuple[str, ...], due: int) -> None:
        """Place a name, moving it when it is placed already."""
        self.drop(name)
        self._moments[name] = due
        insort(self._order, (due, name))

    def drop(self, name: tuple[str, ...]) -> None:
        """Forget a name, if it is placed."""
        due = self._moments.pop(name, None)
        if due is not None:
            del self._order[bisect_left(self._order, (due, name))]

    def due_of(self, name: tuple[str, ...]) -> int | None:
        """Return the moment of a name, None when it is not placed."""
        return self._moments.get(name)

    def first(self, after: int | None = None) -> int | None:
        """Return the earliest moment, or the earliest after one."""
        place = 0 if after is None else bisect_left(self._order, (after + 1,))
        return self._order[place][0] if place < len(self._order) else None

    def until(self, at: int) -> Iterator[tuple[str, ...]]:
        """Yield the names due at or before a moment, earliest first."""
        for due, name in self._order:
            if due > at:
                return
            yield name
