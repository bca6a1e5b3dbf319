"""Finding entries by other keys than their position: command id, decision, and where a part ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from xop.runtimes.embedded.behind import Behind
from xop.runtimes.embedded.filter import CommandFilter
from xop.runtimes.embedded.store import Store

WINDOW = 50_000
"""Entries kept in memory before they are written behind; after a restart at most some windows are read again."""
_LEAST_SLICE = 4
_SLICE_PER_ENTRY = 2
_FILL = 1_000


class End(NamedTuple):
    """Where a part's entries end."""

    last: int
    """The position of its latest entry."""
    seq: int


class Ruling(NamedTuple):
    """Where a decision and its evidence are; None for what is elsewhere or nowhere."""

    position: int | None
    evidence: int | None


@dataclass(slots=True)
class Additions:
    """What one batch adds to the index."""

    commands: dict[bytes, int] = field(default_factory=dict)
    ends: dict[int, End] = field(default_factory=dict)
    rulings: dict[str, Ruling] = field(default_factory=dict)

    def rule(self, decision: str, ruling: Ruling) -> None:
        """Add what is known about where a decision and its evidence are."""
        earlier = self.rulings.get(decision)
        self.rulings[decision] = joined(earlier, ruling) if earlier else ruling


@lru_cache(maxsize=4096)
def digest(command: str) -> bytes:
    """Return the 16 bytes a command id is kept as; it is asked for twice within moments."""
    return blake2b(command.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Index:
    """Three tables written behind the ledger, and the filter in front of the first."""

    def __init__(self, store: Store) -> None:
        """Rebuild from the ledger's end what was not written before."""
        self._store = store
        self._commands: Behind[bytes, int] = Behind()
        self._ends: Behind[int, End] = Behind()
        self._rulings: Behind[str, Ruling] = Behind()
        self._collected = 0
        self._marks = (0, 0)
        self.position: int = store.value("SELECT coalesce(max(position), 0) FROM ledger")
        """The highest position in the ledger."""
        self.evidence: int = store.value("SELECT coalesce(max(number), 0) FROM evidence")
        """The highest number of an evidence row."""
        self._filter = CommandFilter(self.position)
        self._complete = False
        self._recover()

    def find(self, digests: Iterable[bytes]) -> dict[bytes, int]:
        """Return the positions of those commands that are in the ledger."""
        suspects = self._filter.suspects(digests) if self._complete else digests
        found: dict[bytes, int] = {}
        unsure: list[tuple[bytes]] = []
        for each in suspects:
            position = self._commands.get(each)
            if position is None:
                unsure.append((each,))
            else:
                found[each] = position
        if unsure:
            found.update(self._store.each("SELECT digest, position FROM commands WHERE digest = ?", unsure))
        return found

    def end(self, number: int) -> End | None:
        """Return where a part ends as far as memory knows; None means that the table knows."""
        return self._ends.get(number)

    def ruling(self, decision: str) -> Ruling:
        """Return where a decision and its evidence are."""
        rows = self._store.rows("SELECT position, evidence FROM decisions WHERE decision = ?", decision)
        stored = Ruling(*rows[0]) if rows else Ruling(None, None)
        latest = self._rulings.get(decision)
        return joined(stored, latest) if latest else stored

    def write(self, entries: int) -> tuple[int, int, int]:
        """Write the next slice behind, within the transaction of a batch of so many entries; returns what to pass to `keep`."""
        limit = max(_LEAST_SLICE, _SLICE_PER_ENTRY * entries)
        commands, ends, rulings = self._commands.slice(limit), self._ends.slice(limit), self._rulings.slice(limit)
        if commands:
            self._store.each("INSERT INTO commands VALUES (?, ?) ON CONFLICT DO NOTHING", commands)
        if ends:
            self._store.each(
                "UPDATE parts SET last = ?, seq = ? WHERE number = ?", ((*end, number) for number, end in ends)
            )
        if rulings:
            self._store.each(_WRITE_RULING, ((decision, *ruling) for decision, ruling in rulings))
        counts = len(commands), len(ends), len(rulings)
        if any(counts) and counts == (self._commands.left, self._ends.left, self._rulings.left):
            self._store.each("UPDATE marks SET value = ?2 WHERE name = ?1", zip(_MARKS, self._marks, strict=True))
        return counts

    def keep(self, additions: Additions, written: tuple[int, int, int]) -> None:
        """Take in what a batch added, once it is durable, and note what was written behind with it."""
        self._commands.written(written[0])
        self._ends.written(written[1])
        self._rulings.written(written[2])
        self._filter.add(additions.commands)
        self._commands.put(additions.commands)
        self._ends.put(additions.ends)
        for decision, ruling in additions.rulings.items():
            latest = self._rulings.get(decision)
            self._rulings.put({decision: joined(latest, ruling) if latest else ruling})
        self._collected += len(additions.commands) + len(additions.rulings)
        if self._collected >= WINDOW and not (self._commands.left or self._ends.left or self._rulings.left):
            self._turn()

    def fill(self) -> Iterator[None]:
        """Take the commands in the table into the filter, pausing now and then; the filter serves once this is exhausted."""
        after = b""
        while rows := self._store.rows(_DIGESTS, after, _FILL):
            self._filter.add(row[0] for row in rows)
            after = rows[-1][0]
            yield
        self._complete = True

    def _turn(self) -> None:
        self._commands.turn()
        self._ends.turn()
        self._rulings.turn()
        self._collected = 0
        self._marks = (self.position, self.evidence)

    def _recover(self) -> None:
        marks: dict[str, int] = dict(self._store.rows("SELECT name, value FROM marks"))
        additions = Additions()
        for position, part, seq, command, decision in self._store.rows(
            "SELECT position, part, seq, command, decision FROM ledger WHERE position > ? ORDER BY position",
            marks["ledger"],
        ):
            additions.commands[command] = position
            additions.ends[part] = End(position, seq)
            if decision is not None:
                additions.rule(decision, Ruling(position, None))
        for number, decision in self._store.rows(
            "SELECT number, decision FROM evidence WHERE number > ? ORDER BY number", marks["evidence"]
        ):
            additions.rule(decision, Ruling(None, number))
        self.keep(additions, (0, 0, 0))


_DIGESTS = "SELECT digest FROM commands WHERE digest > ? ORDER BY digest LIMIT ?"
_MARKS = ("ledger", "evidence")

_WRITE_RULING = """
INSERT INTO decisions VALUES (?, ?, ?) ON CONFLICT DO UPDATE
SET position = coalesce(excluded.position, position), evidence = coalesce(excluded.evidence, evidence)
"""


def joined(earlier: Ruling, later: Ruling) -> Ruling:
    """Return what two rows about one decision say together, the later one first."""
    return Ruling(
        earlier.position if later.position is None else later.position,
        earlier.evidence if later.evidence is None else later.evidence,
    )
