"""Groups of customers whose histories must be taken again together, because they were ever merged."""

from collections import Counter
from collections.abc import Callable, Iterator

from xop.kernel.commands import Merge
from xop.kernel.entry import Entry
from xop.ports.ledger import Ledger, Stored

_PAGE = 1000

BATCH = 4_000
"""Entries of whole groups that are read and taken again at once."""


class Groups:
    """The parts of all customers with how much is recorded of each; nothing else of the ledger is kept."""

    def __init__(self) -> None:
        self.first: int | None = None
        """The earliest recorded moment, in milliseconds since the epoch; None while nothing is recorded."""
        self.last = 0
        """The latest recorded moment, in milliseconds since the epoch."""
        self.releases: Counter[str] = Counter()
        """Entries by the release that ruled."""
        self._entries: Counter[str] = Counter()
        self._joined: dict[str, str] = {}
        """A part that another one is grouped with, for those that were ever merged."""

    @property
    def entries(self) -> int:
        """How many entries there are in all."""
        return self._entries.total()

    @classmethod
    async def survey(cls, ledger: Ledger, told: Callable[[int], None]) -> "Groups":
        """Go through a ledger once; `told` hears of every page how many entries it had."""
        groups, position = cls(), 0
        while page := await ledger.page(position, _PAGE):
            for stored in page:
                groups.take(stored.entry)
            position = page[-1].position
            told(len(page))
        return groups

    def take(self, entry: Entry) -> None:
        """Take in one entry."""
        self._entries[entry.origin] += 1
        self.releases[entry.release] += 1
        at = entry.moment.at
        self.first, self.last = at if self.first is None else min(self.first, at), max(self.last, at)
        # A merge that was declined counts too: the other release may allow it.
        if isinstance(entry.command, Merge):
            self._join(entry.origin, entry.command.other)

    def batches(self) -> Iterator[list[list[str]]]:
        """Yield the parts of whole groups, some groups at a time, in an order that only the ledger determines."""
        batch: list[list[str]] = []
        size = 0
        for parts in self._groups():
            batch.append(parts)
            size += sum(self._entries[part] for part in parts)
            if size >= BATCH:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _groups(self) -> Iterator[list[str]]:
        members: dict[str, list[str]] = {}
        for part in self._joined:
            members.setdefault(self._root(part), []).append(part)
        for part in self._entries:
            if part not in self._joined:
                yield [part]
            elif (group := members.pop(self._root(part), None)) is not None:
                yield group

    def _join(self, one: str, other: str) -> None:
        self._joined.setdefault(one, one)
        self._joined.setdefault(other, other)
        self._joined[self._root(other)] = self._root(one)

    def _root(self, part: str) -> str:
        root = part
        while self._joined[root] != root:
            root = self._joined[root]
        while self._joined[part] != root:
            self._joined[part], part = root, self._joined[part]
        return root


def split(batch: list[list[str]], stored: list[Stored]) -> list[list[Stored]]:
    """Return the entries of a batch, group by group."""
    number = {part: index for index, parts in enumerate(batch) for part in parts}
    groups: list[list[Stored]] = [[] for _ in batch]
    for each in stored:
        groups[number[each.entry.origin]].append(each)
    return groups
