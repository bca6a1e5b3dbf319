"""Finding what belongs to parts in tables that are not ordered by part, without holding up anybody."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from xop.runtimes.embedded.store import Row, Store

SLICE = 10_000
"""Rows looked at before others get their turn."""

_EVIDENCE = """
SELECT number FROM evidence WHERE number > ? AND number <= ? AND part IN (SELECT value FROM json_each(?))
"""
_OUTBOX = "SELECT number FROM outbox WHERE number > ? AND number <= ? AND part IN (SELECT value FROM json_each(?))"
_LAST_EVIDENCE = "SELECT coalesce(max(number), 0) FROM evidence"
_LAST_OUTBOX = "SELECT coalesce(max(number), 0) FROM outbox"
_LINK_ENDS = """
SELECT namespace, value FROM links WHERE (namespace, value) > (?, ?) ORDER BY namespace, value LIMIT 1 OFFSET ?
"""
_LINKS = """
SELECT namespace, value FROM links
WHERE (namespace, value) > (?, ?) AND (namespace, value) <= (?, ?) AND part IN (SELECT value FROM json_each(?))
"""
_LAST_LINK = "SELECT namespace, value FROM links ORDER BY namespace DESC, value DESC LIMIT 1"


@dataclass(slots=True)
class Found:
    """Keys of rows."""

    evidence: list[Row] = field(default_factory=list)
    outbox: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)


class Search:
    """Walks through whole tables in slices."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, numbers: Collection[int]) -> Found:
        """Return what belongs to parts, given by their numbers."""
        asked = str(list(numbers))
        found = Found()
        for rows, last, statement in (
            (found.evidence, _LAST_EVIDENCE, _EVIDENCE),
            (found.outbox, _LAST_OUTBOX, _OUTBOX),
        ):
            for begin in range(0, self._store.value(last), SLICE):
                rows.extend(self._store.rows(statement, begin, begin + SLICE, asked))
                await asyncio.sleep(0)
        begin_link: Row = ("", "")
        while ends := self._store.rows(_LINK_ENDS, *begin_link, SLICE) or self._store.rows(_LAST_LINK):
            if ends[0] <= begin_link:
                break
            found.links.extend(self._store.rows(_LINKS, *begin_link, *ends[0], asked))
            begin_link = ends[0]
            await asyncio.sleep(0)
        return found

    def at_once(self, numbers: Collection[int]) -> Found:
        """Return the same without giving way to anybody."""
        asked = str(list(numbers))
        last = 2**63 - 1
        return Found(
            self._store.rows(_EVIDENCE, 0, last, asked),
            self._store.rows(_OUTBOX, 0, last, asked),
            self._store.rows(
                "SELECT namespace, value FROM links WHERE part IN (SELECT value FROM json_each(?))", asked
            ),
        )
