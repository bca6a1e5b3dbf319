"""Facts as callers read them: one after the other, each with its own place in the ledger."""

from typing import Any

import msgspec
from msgspec import Struct

from xop.faces.http.problems import ProblemError
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.times import iso
from xop.kernel.entry import Entry
from xop.ports.ledger import Ledger, Stored

_PAGE = 200


class ToldFact(Struct, frozen=True):
    """One fact: what became true, when, of whom, because of what."""

    id: str
    """Its place: the entry's position, a dot, and its number within the entry."""
    type: str
    at: str
    origin: str
    """The part of the customer it belongs to, whatever is merged."""
    customer: str
    """The customer that part belonged to at the time."""
    seq: int
    """The number of its entry among those of its origin."""
    cause: str
    """The command that led to it."""
    actor: str
    release: str
    data: dict[str, Any]


class Cursor(Struct, frozen=True, order=True):
    """A place between facts: everything up to it has been read, that of `position` up to `index`."""

    position: int = 1
    index: int = -1

    def __str__(self) -> str:
        return f"{self.position}.{self.index}" if self.index >= 0 else str(self.position - 1)


def cursor(text: str) -> Cursor:
    """Read a fact's id, or a whole position that has been read to its end; raises ProblemError (400)."""
    position, dot, index = text.partition(".")
    if not _is_count(position) or (dot and not _is_count(index)):
        raise ProblemError("parameter-invalid", f"{text[:40]!r} is no fact id", "send the id of the last fact read")
    return Cursor(int(position), int(index)) if dot else Cursor(int(position) + 1, -1)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - what 64 bits surely hold


async def facts_after(
    ledger: Ledger, after: Cursor, limit: int, parts: list[str] | None
) -> tuple[list[ToldFact], Cursor]:
    """Return at most `limit` facts beyond a place, and the place up to which all have been read; raises StorageError."""
    found: list[ToldFact] = []
    while len(found) < limit:
        page = await ledger.page(after.position - 1, _PAGE, parts)
        for stored in page:
            facts = told(stored)
            fresh = [each for index, each in enumerate(facts) if Cursor(stored.position, index) > after]
            room = limit - len(found)
            found += fresh[:room]
            if len(fresh) > room:
                return found, cursor(found[-1].id)
            after = Cursor(stored.position + 1, -1)
        if len(page) < _PAGE:
            break
    return found, after


def told(stored: Stored) -> list[ToldFact]:
    """Return the facts of an entry."""
    entry = stored.entry
    return [
        ToldFact(
            id=f"{stored.position}.{index}",
            type=type(fact).__name__,
            at=iso(entry.moment.at),
            origin=entry.origin,
            customer=entry.customer,
            seq=entry.seq,
            cause=entry.command.id,
            actor=_actor(entry),
            release=entry.release,
            data={name: value for name, value in msgspec.to_builtins(fact).items() if name != "fact"},
        )
        for index, fact in enumerate(entry.facts)
    ]


def _actor(entry: Entry) -> str:
    return str(getattr(entry.command, "actor", SYSTEM))
