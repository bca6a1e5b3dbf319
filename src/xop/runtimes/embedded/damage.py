"""Damage: rows that cannot be opened, so that whoever goes through what is due does not stop at them."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from xop.ports.errors import DamagedError
from xop.runtimes.embedded.store import Row

LOG = logging.getLogger(__name__)

_NAMED = 3
"""How many of a row's first columns tell it from others."""

Opened = TypeVar("Opened")


class Damage:
    """Passes over damaged rows, and tells of each once; those of customers who were erased are passed over silently."""

    def __init__(self) -> None:
        self.rows: set[Row] = set()
        """By what tells them from others."""

    def opened(
        self, read: Callable[[int], Sequence[Row]], unseal: Callable[[Row], Opened | None], limit: int
    ) -> list[Opened]:
        """Return at most `limit` of what can be opened; `read` gives so many rows, always the same first."""
        while True:
            before = len(self.rows)
            found = [one for row in read(limit + before) if (one := self._unsealed(row, unseal)) is not None]
            if len(self.rows) == before:
                return found[:limit]

    def _unsealed(self, row: Row, unseal: Callable[[Row], Opened | None]) -> Opened | None:
        if row[:_NAMED] in self.rows:
            return None
        try:
            one = unseal(row)
        except DamagedError as error:
            LOG.warning("what is due is passed over until the store is restored: %s", error)
            one = None
        if one is None:
            self.rows.add(row[:_NAMED])
        return one
