"""Rows of a table that are kept in memory first and written behind, sorted and in small slices."""

from collections.abc import Callable, Collection, Mapping
from itertools import chain
from typing import Generic, TypeVar

BUCKETS = 32

Key = TypeVar("Key", bytes, int)
Value = TypeVar("Value")


class Behind(Generic[Key, Value]):
    """Collects new rows in one window while the window before it is drained, key by key, into the table.

    Random keys would cost a page of the database each; a sorted window costs a page for many of them. Keys are sorted
    bucket by bucket, so that no single batch waits for the sorting of a whole window.
    """

    def __init__(self, bucket: Callable[[Key], int]) -> None:
        """Take a function that puts keys near each other into the same of the `BUCKETS`."""
        self._bucket: Callable[[Key], int] = bucket
        self._collecting: dict[Key, Value] = {}
        self._draining: dict[Key, Value] = {}
        self._collected: list[list[Key]] = [[] for _ in range(BUCKETS)]
        self._waiting: list[list[Key]] = []
        self._order: list[Key] = []
        self._drained = 0
        self.left = 0
        """How many rows of the window are still to be written."""

    def get(self, key: Key) -> Value | None:
        """Return the latest value in memory; None means that the table knows."""
        value = self._collecting.get(key)
        return self._draining.get(key) if value is None else value

    def put(self, rows: Mapping[Key, Value]) -> None:
        """Take in rows that are durable elsewhere."""
        for key in rows:
            if key not in self._collecting:
                self._collected[self._bucket(key)].append(key)
        self._collecting.update(rows)

    def turn(self) -> None:
        """Begin to drain what was collected; nothing may be left of what was drained before."""
        self._draining, self._collecting = self._collecting, {}
        self._waiting = self._collected[::-1]
        self._collected = [[] for _ in range(BUCKETS)]
        self.left = len(self._draining)

    def slice(self, limit: int) -> list[tuple[Key, Value]]:
        """Return the next rows to write, at most `limit` and in order; none when none are left."""
        while len(self._order) - self._drained < limit and self._waiting:
            self._order = self._order[self._drained :] + sorted(self._waiting.pop())
            self._drained = 0
        return [(key, self._draining[key]) for key in self._order[self._drained : self._drained + limit]]

    def written(self, count: int) -> None:
        """Note that the next `count` rows are in the table for good."""
        self._drained += count
        self.left -= count

    def unwritten(self, keys: Collection[Key]) -> int:
        """Return how many of some keys are still to be written of the window that is drained."""
        asked = self._draining.keys() & keys
        if not asked:
            return 0
        left = chain(self._order[self._drained :], *self._waiting)
        return sum(key in asked for key in left)

    def forget(self, keys: Collection[Key]) -> None:
        """Drop keys from both windows, once their rows are gone from the table for good."""
        gone = set(keys)
        for key in gone:
            self._collecting.pop(key, None)
            self._draining.pop(key, None)
        self._collected = [_without(bucket, gone) for bucket in self._collected]
        self._waiting = [_without(bucket, gone) for bucket in self._waiting]
        self._order = _without(self._order[self._drained :], gone)
        self._drained = 0
        self.left = len(self._order) + sum(map(len, self._waiting))


def _without(keys: list[Key], gone: set[Key]) -> list[Key]:
    return [key for key in keys if key not in gone]
