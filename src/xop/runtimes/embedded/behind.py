"""Rows of a table that are kept in memory first and written behind, sorted and in small slices."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bytes, str, int)
Value = TypeVar("Value")


class Behind(Generic[Key, Value]):
    """Collects new rows in one window while the window before it is drained, key by key, into the table.

    Random keys would cost a page of the database each; a sorted window costs a page for many of them.
    """

    def __init__(self) -> None:
        self._collecting: dict[Key, Value] = {}
        self._draining: dict[Key, Value] = {}
        self._order: Sequence[Key] = ()
        self._drained = 0

    def get(self, key: Key) -> Value | None:
        """Return the latest value in memory; None means that the table knows."""
        value = self._collecting.get(key)
        return self._draining.get(key) if value is None else value

    def put(self, rows: Mapping[Key, Value]) -> None:
        """Take in rows that are durable elsewhere."""
        self._collecting.update(rows)

    def turn(self) -> None:
        """Begin to drain what was collected; what was drained before must be `done`."""
        self._draining, self._collecting = self._collecting, {}
        self._order = sorted(self._draining)
        self._drained = 0

    def slice(self, limit: int) -> list[tuple[Any, Value]]:
        """Return the next rows to write, at most `limit`."""
        keys = self._order[self._drained : self._drained + limit]
        return [(key, self._draining[key]) for key in keys]

    def written(self, count: int) -> None:
        """Note that the next `count` rows are in the table for good."""
        self._drained += count

    @property
    def left(self) -> int:
        """How many rows of the window are still to be written."""
        return len(self._order) - self._drained
