"""Finding entries by other keys than their position: command id, decision, and where a part ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from hashlib import blake2b
from typing import NamedTuple

from xop.runtimes.embedded.behind import BUCKETS, Behind
from xop.runtimes.embedded.filter import CommandFilter
from xop.runtimes.embedded.store import Store

WINDOW = 50_000
"""Entries kept in memory before they are written behind; after a restart at most some windows are read again."""
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


NOWHERE = Ruling(None, None)


class Written(NamedTuple):
    """How many rows of each kind were written behind with one batch."""

    commands: int
    ends: int
    rulings: int


class Erased(NamedTuple):
    """The keys of what is erased."""

    commands: Sequence[bytes]
    rulings: Sequence[bytes]
    ends: Sequence[int]


@dataclass(slots=True)
class Additions:
    """What one batch adds to the index."""

    commands: dict[bytes, int] = field(default_factory=dict)
    ends: dict[int, End] = field(default_factory=dict)
    rulings: dict[bytes, Ruling] = field(default_factory=dict)

    def rule(self, decision: bytes, ruling: Ruling) -> None:
        """Add what is known about where a decision, given by its digest, and its evidence are."""
        self.rulings[decision] = joined(self.rulings.get(decision, NOWHERE), ruling)


class Index:
    """Two tables of sorted runs and one of ends, written behind the ledger, and the filter in front of the first."""

    def __init__(self, store: Store, key: bytes = b"") -> None:
        """Rebuild from the ledger's end what was not written before; ids are found by digests under a key."""
        self._store = store
        self._key = key
        self.digest = _digester(key)
        """Gives the 16 bytes that a command or decision id is found by."""
        self._commands: Behind[bytes, int] = Behind(_digest_bucket)
        self._ends: Behind[int, End] = Behind(_number_bucket)
        self._rulings: Behind[bytes, Ruling] = Behind(_digest_bucket)
        self._collected = 0
        self._marks = (0, 0)
        self.position: int = store.value(_HIGHEST_POSITION)
        """The highest position the ledger ever had."""
        self.evidence: int = store.value(_HIGHEST_EVIDENCE)
        """The highest number an evidence row ever had."""
        self.leaves: int = store.value("SELECT coalesce(max(number), 0) FROM leaves")
        """How many leaves there are."""
        self._filter = CommandFilter(self.position)
        self._runs: int = store.value("SELECT runs FROM marks")
        self._unfiltered = self._runs
        self._recover()

    def find(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Return the positions of those commands that are in the ledger."""
        found: dict[bytes, int] = {}
        searches: list[tuple[bytes, int]] = []
        for each in self._filter.suspects(digests):
            position = self._commands.get(each)
            if position is None:
                searches.extend((each, run) for run in range(self._runs, 0, -1))
            else:
                found[each] = position
        for run in range(self._unfiltered, 0, -1):
            searches.extend((each, run) for each in digests if each not in found)
        if searches:
            found.update(self._store.each(_FIND_COMMAND, searches))
        return found

    def end(self, number: int) -> End | None:
        """Return where a part ends as far as memory knows; None means that the table knows."""
        return self._ends.get(number)

    def ruling(self, decision: str) -> Ruling:
        """Return where a decision and its evidence are."""
        key = self.digest(decision)
        stored = self._store.each(_FIND_RULING, ((key, run) for run in range(1, self._runs + 1)))
        latest = self._rulings.get(key)
        return reduce(joined, (*(Ruling(*row) for row in stored), latest or NOWHERE), NOWHERE)

    def write(self, entries: int) -> Written:
        """Write the next slice behind, within the transaction of a batch of so many entries; pass what it returns to `keep`."""
        limit = entries + entries // 4 + 1
        commands, ends, rulings = self._commands.slice(limit), self._ends.slice(limit), self._rulings.slice(limit)
        run = self._runs + 1
        if commands:
            self._store.each(_WRITE_COMMAND, [(run, *row) for row in commands])
        if ends:
            self._store.each(_WRITE_END, [(number, *end) for number, end in ends])
        if rulings:
            self._store.each(_WRITE_RULING, [(run, key, *ruling) for key, ruling in rulings])
        written = Written(len(commands), len(ends), len(rulings))
        if self._completes(written):
            self._store.rows(_MARK, run, *self._marks)
        return written

    def keep(self, additions: Additions, written: Written) -> None:
        """Take in what a batch added, once it is durable, and note what was written behind with it."""
        self._runs += self._completes(written)
        self._commands.written(written.commands)
        self._ends.written(written.ends)
        self._rulings.written(written.rulings)
        self._filter.add(additions.commands)
        self._commands.put(additions.commands)
        self._ends.put(additions.ends)
        self._rulings.put(
            {key: joined(self._rulings.get(key) or NOWHERE, ruling) for key, ruling in additions.rulings.items()}
        )
        self._collected += len(additions.commands) + len(additions.rulings)
        if self._collected >= WINDOW and not self._left():
            self._turn()

    def erase(self, erased: Erased) -> bool:
        """Delete from every run, within a transaction, and say whether that completes a run; pass both on to `forget`."""
        runs = range(1, self._runs + 2)
        self._store.each(_ERASE_COMMAND, ((run, each) for run in runs for each in erased.commands))
        self._store.each(_ERASE_RULING, ((run, each) for run in runs for each in erased.rulings))
        self._store.each(_ERASE_END, ((number,) for number in erased.ends))
        dropped = sum(
            (
                self._commands.unwritten(erased.commands),
                self._rulings.unwritten(erased.rulings),
                self._ends.unwritten(erased.ends),
            )
        )
        completes = 0 < dropped == self._left()
        if completes:
            self._store.rows(_MARK, self._runs + 1, *self._marks)
        return completes

    def forget(self, erased: Erased, *, completes: bool) -> None:
        """Drop from memory what was deleted, once that is durable; the filter goes on to suspect it."""
        self._runs += completes
        self._commands.forget(erased.commands)
        self._rulings.forget(erased.rulings)
        self._ends.forget(erased.ends)
        self.digest = _digester(self._key)

    def fill(self) -> Iterator[None]:
        """Take the runs into the filter, newest first, pausing now and then; what is not in yet is searched run by run."""
        while self._unfiltered:
            after = b""
            while rows := self._store.rows(_DIGESTS, self._unfiltered, after, _FILL):
                self._filter.add(row[0] for row in rows)
                after = rows[-1][0]
                yield
            self._unfiltered -= 1

    def _left(self) -> int:
        return self._commands.left + self._ends.left + self._rulings.left

    def _completes(self, written: Written) -> bool:
        return any(written) and sum(written) == self._left()

    def _turn(self) -> None:
        self._commands.turn()
        self._ends.turn()
        self._rulings.turn()
        self._collected = 0
        self._marks = (self.position, self.evidence)

    def _recover(self) -> None:
        additions = Additions()
        for position, part, seq, command, decision in self._store.rows(
            "SELECT position, part, seq, command, decision FROM ledger "
            "WHERE position > (SELECT position FROM marks) ORDER BY position"
        ):
            additions.commands[command] = position
            additions.ends[part] = End(position, seq)
            if decision is not None:
                additions.rule(self.digest(decision), Ruling(position, None))
        for number, decision in self._store.rows(
            "SELECT number, decision FROM evidence WHERE number > (SELECT evidence FROM marks) ORDER BY number"
        ):
            additions.rule(self.digest(decision), Ruling(None, number))
        self.keep(additions, Written(0, 0, 0))


_PARTS_TOGETHER = 4096


def _digester(key: bytes) -> Callable[[str], bytes]:
    @lru_cache(maxsize=4096)  # an id is asked for twice within moments
    def digest(name: str) -> bytes:
        return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16, key=key).digest()

    return digest


def _digest_bucket(key: bytes) -> int:
    return key[0] * BUCKETS >> 8


def _number_bucket(number: int) -> int:
    return number // _PARTS_TOGETHER % BUCKETS


_HIGHEST_POSITION = "SELECT max(coalesce((SELECT max(position) FROM ledger), 0), position) FROM keeping"
_HIGHEST_EVIDENCE = "SELECT max(coalesce((SELECT max(number) FROM evidence), 0), evidence) FROM keeping"
_FIND_COMMAND = "SELECT digest, position FROM commands WHERE digest = ? AND run = ?"
_FIND_RULING = "SELECT position, evidence FROM decisions WHERE digest = ? AND run = ?"
_MARK = "UPDATE marks SET runs = ?, position = ?, evidence = ?"
_ERASE_COMMAND = "DELETE FROM commands WHERE run = ? AND digest = ?"
_ERASE_RULING = "DELETE FROM decisions WHERE run = ? AND digest = ?"
_ERASE_END = "DELETE FROM ends WHERE part = ?"
_DIGESTS = "SELECT digest FROM commands WHERE run = ? AND digest > ? ORDER BY digest LIMIT ?"
# A run that a crash cut short is written again, with more in it.
_WRITE_COMMAND = "INSERT OR REPLACE INTO commands VALUES (?, ?, ?)"
_WRITE_RULING = "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?)"
_WRITE_END = "INSERT OR REPLACE INTO ends VALUES (?, ?, ?)"


def joined(earlier: Ruling, later: Ruling) -> Ruling:
    """Return what two rows about one decision say together, the later one first."""
    return Ruling(
        earlier.position if later.position is None else later.position,
        earlier.evidence if later.evidence is None else later.evidence,
    )
