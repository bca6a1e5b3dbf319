"""Figures in a SQLite file of their own: derived data, which is counted again when the file is gone."""

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xop.ports.errors import StorageError
from xop.ports.insight import HOUR, KEPT, Figure, Happened, Ruled, Wanted
from xop.runtimes.embedded.store import Store

_LOG = logging.getLogger(__name__)

FILE = "insight.db"

_SCHEMA = """
CREATE TABLE marks (position INTEGER NOT NULL) STRICT;
INSERT INTO marks VALUES (0);
CREATE TABLE words (number INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE figures (
    step INTEGER NOT NULL,
    at INTEGER NOT NULL,
    measure INTEGER NOT NULL,
    label INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (step, at, measure, label)
) STRICT, WITHOUT ROWID;
CREATE TABLE rulings (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    verdict INTEGER NOT NULL,
    code INTEGER NOT NULL,
    action INTEGER NOT NULL,
    actor INTEGER NOT NULL
) STRICT;
-- Each holds the position too, so that what is asked for is found newest first.
CREATE INDEX ruled_at ON rulings (at);
CREATE INDEX ruled_code ON rulings (code);
CREATE INDEX ruled_actor ON rulings (actor);
CREATE INDEX ruled_action ON rulings (action);
CREATE INDEX ruled_verdict ON rulings (verdict);
"""

_FOUND_AGAIN = """
CREATE TABLE happenings (
    measure INTEGER NOT NULL,
    label INTEGER NOT NULL,
    at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (measure, label, at, position)
) STRICT, WITHOUT ROWID;
-- Everything is counted again, so that what was counted before is found too; how long commands took no ledger tells.
DELETE FROM figures WHERE measure NOT IN (SELECT number FROM words WHERE word = 'latency');
DELETE FROM rulings;
UPDATE marks SET position = 0;
"""

_SCHEMAS = (_SCHEMA, _FOUND_AGAIN)

_HAPPENED = """
SELECT DISTINCT position FROM happenings
WHERE measure = ? AND label IN (SELECT value FROM json_each(?)) AND at >= ? AND at < ? AND position < ?
ORDER BY position DESC LIMIT ?
"""
_HAPPENED_AT_ALL = """
SELECT DISTINCT position FROM happenings
WHERE measure = ? AND at >= ? AND at < ? AND position < ? ORDER BY position DESC LIMIT ?
"""

_ADD = """
INSERT INTO figures VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount
"""
_READ = """
SELECT at, measure, label, amount FROM figures
WHERE step = ? AND at >= ? AND at < ? AND measure IN (SELECT value FROM json_each(?))
"""
_TOTALS = """
SELECT measure, label, sum(amount) FROM figures WHERE step = ? AND at >= ? AND at < ? GROUP BY measure, label
"""

_INDEXED = ("code", "actor", "action", "verdict")
"""What decisions are found by, what picks fewest out first."""

_SLACK = 600_000
"""Milliseconds by which a clock that was set back may have put decisions out of order."""

_STRETCH = 100_000
"""Positions looked through at once."""


class EmbeddedFigures:
    """Keeps figures by numbers of words: what is counted has few names and many minutes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # What a crash takes from the last moments is counted again.
        store.rows("PRAGMA synchronous = NORMAL")
        self._trimmed = 0
        self._learn()

    @classmethod
    def open(cls, folder: Path) -> "EmbeddedFigures":
        """Open the file in a folder, or begin another when it cannot be used; raises StorageError."""
        path = folder / FILE
        try:
            return cls(Store(path, _SCHEMAS))
        except StorageError as error:
            _LOG.warning("%s cannot be used, and is counted again from the ledger: %s", path, error)
            for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
                (folder / name).unlink(missing_ok=True)
            return cls(Store(path, _SCHEMAS))

    def _learn(self) -> None:
        """Take over what the file says: how far it is counted, and which number each word has."""
        self._words: dict[str, int] = {
            word: number for number, word in self._store.rows("SELECT number, word FROM words")
        }
        self._names = {number: word for word, number in self._words.items()}
        self._position = int(self._store.value("SELECT position FROM marks"))

    async def position(self) -> int:
        """Return the ledger's position up to which everything is counted; 0 at the beginning."""
        self._learn()
        return self._position

    async def add(
        self, position: int, figures: Sequence[Figure], ruled: Sequence[Ruled], happened: Sequence[Happened] = ()
    ) -> None:
        """Add what was counted by the minute up to a position; what is older than `KEPT` goes."""
        sums: Counter[tuple[int, int, str, str]] = Counter()
        for each in figures:
            for step in KEPT:
                sums[step, each.at - each.at % step, each.measure, each.label] += each.amount
        words = {word for each in figures for word in (each.measure, each.label)}
        words |= {word for each in happened for word in (each.measure, each.label)}
        words |= {word for each in ruled for word in (each.verdict, each.code, each.action, each.actor)}
        first = max(self._names, default=-1) + 1
        new = {word: number for number, word in enumerate(sorted(words - self._words.keys()), first)}
        known = {**self._words, **new}
        rows = [(step, at, known[measure], known[label], amount) for (step, at, measure, label), amount in sums.items()]
        places = [
            (each.position, each.at, known[each.verdict], known[each.code], known[each.action], known[each.actor])
            for each in ruled
        ]
        events = [(known[each.measure], known[each.label], each.at, each.position) for each in happened]
        with self._store.transaction():
            if self._store.value("SELECT position FROM marks") != self._position:
                raise StorageError(f"{self._store.path}: another program counts in it: let one server have the folder")
            self._store.each("INSERT INTO words VALUES (?, ?)", ((number, word) for word, number in new.items()))
            self._store.each(_ADD, rows)
            self._store.each("INSERT OR REPLACE INTO rulings VALUES (?, ?, ?, ?, ?, ?)", places)
            self._store.each("INSERT OR IGNORE INTO happenings VALUES (?, ?, ?, ?)", events)
            self._store.rows("UPDATE marks SET position = ?", position)
            self._trim(max((each.at for each in figures), default=0))
        self._position = position
        self._words.update(new)
        self._names.update((number, word) for word, number in new.items())

    def _trim(self, newest: int) -> None:
        """Let go of what is too old, once for every hour that passes."""
        if newest - self._trimmed >= HOUR:
            self._trimmed = newest
            for step, kept in KEPT.items():
                self._store.rows("DELETE FROM figures WHERE step = ? AND at < ?", step, newest - kept)
            self._store.rows("DELETE FROM happenings WHERE at < ?", newest - max(KEPT.values()))

    async def read(self, step: int, since: int, until: int, measures: Sequence[str]) -> Sequence[Figure]:
        """Return the figures of some measures whose steps begin at or after `since` and before `until`, in order."""
        asked = self._store.listed([self._words[each] for each in measures if each in self._words])
        rows = self._store.rows(_READ, step, since, until, asked)
        return sorted(Figure(at, self._names[one], self._names[other], amount) for at, one, other, amount in rows)

    async def totals(self, step: int, since: int, until: int) -> dict[str, dict[str, int]]:
        """Return the sums of the same steps of all measures, by measure and label."""
        found: dict[str, dict[str, int]] = {}
        for measure, label, amount in self._store.rows(_TOTALS, step, since, until):
            found.setdefault(self._names[measure], {})[self._names[label]] = amount
        return found

    async def ruled(self, wanted: Wanted, before: int, limit: int) -> Sequence[int]:
        """Return the positions of at most `limit` decisions before a position, newest first."""
        asked = {name: getattr(wanted, name) for name in _INDEXED if getattr(wanted, name)}
        if any(word not in self._words for word in asked.values()):
            return []
        floor, end = self._stretch(wanted, before)
        # One index is walked; SQLite does not know which of them picks fewest out.
        terms = [f"{'+' if place else ''}{name} = ?" for place, name in enumerate(asked)]
        where = " AND ".join((*terms, "position >= ?", "position < ?", "at >= ?", "at < ?"))
        sql = f"SELECT position FROM rulings WHERE {where} ORDER BY position DESC LIMIT ?"  # noqa: S608 - names of columns
        words = [self._words[word] for word in asked.values()]
        found: list[int] = []
        while end > floor and len(found) < limit:
            begin = max(floor, end - _STRETCH)
            rows = self._store.rows(sql, *words, begin, end, wanted.since, wanted.until, limit - len(found))
            found += [position for (position,) in rows]
            end = begin
        return found

    def _stretch(self, wanted: Wanted, before: int) -> tuple[int, int]:
        """Return between which positions the wanted decisions are."""
        first = last = None
        if wanted.since:
            first = self._store.rows(
                "SELECT position FROM rulings WHERE at >= ? ORDER BY at LIMIT 1", wanted.since - _SLACK
            )
        if wanted.until != Wanted().until:
            last = self._store.rows(
                "SELECT position FROM rulings WHERE at < ? ORDER BY at DESC LIMIT 1", wanted.until + _SLACK
            )
        highest = self._store.value("SELECT coalesce(max(position), 0) FROM rulings") + 1
        floor = _only(first, highest) if first is not None else 0
        end = _only(last, -1) + 1 if last is not None else highest
        return floor, min(end, before)

    async def happened(
        self, measure: str, labels: Sequence[str], since: int, until: int, before: int, limit: int
    ) -> Sequence[int]:
        """Return the positions of at most `limit` entries before a position that count something, the latest first."""
        if measure not in self._words:
            return []
        within, number = (since, until, before, max(limit, 0)), self._words[measure]
        if not labels:
            return [position for (position,) in self._store.rows(_HAPPENED_AT_ALL, number, *within)]
        known = self._store.listed([self._words[each] for each in labels if each in self._words])
        return [position for (position,) in self._store.rows(_HAPPENED, number, known, *within)]

    async def clear(self) -> None:
        """Forget everything, so that it is counted again."""
        with self._store.transaction():
            self._store.rows("DELETE FROM figures")
            self._store.rows("DELETE FROM rulings")
            self._store.rows("DELETE FROM happenings")
            self._store.rows("UPDATE marks SET position = 0")
        self._position = 0

    def close(self) -> None:
        """Close the file."""
        self._store.close()


def _only(rows: Sequence[tuple[Any, ...]], otherwise: int) -> int:
    return int(rows[0][0]) if rows else otherwise
