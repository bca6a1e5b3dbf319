"""The past: a customer as they were at an earlier moment, folded again from the ledger."""

import asyncio

from msgspec import Struct

from xop.engine.refolding import Refolding
from xop.kernel.context.customer import Customer
from xop.kernel.facts import CustomersMerged, CustomersUnmerged
from xop.ports.ledger import Ledger

_BREATH = 256
"""Entries after which others have their turn."""


class Past(Struct, frozen=True):
    """A customer as they were: before a merge, the side that has the id now, or else the one that was known."""

    customer: Customer
    apart: tuple[str, ...]
    """Who counted as the same person then and does not any more: nothing of theirs is in it."""


async def past(ledger: Ledger, found: Customer, at: int | None, position: int | None) -> Past | None:
    """Return a customer as of a moment (milliseconds since the epoch), or right after the entry at a position.

    None when nothing was known by then; raises StorageError.
    """
    own = [part.id for part in found.parts]
    apart, refolding = set[str](), Refolding()
    for number, stored in enumerate(await ledger.read(own)):
        entry = stored.entry
        if (position is not None and stored.position > position) or (at is not None and entry.moment.at > at):
            break
        for fact in entry.facts:
            if isinstance(fact, CustomersMerged) and fact.other not in own:
                apart.add(fact.other)
            elif isinstance(fact, CustomersUnmerged):
                apart.discard(fact.other)
        refolding.fold(entry)
        if number % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
    states = (refolding.customer(part) for part in own)
    was = next((state for state in states if state is not None), None)
    return None if was is None else Past(was, tuple(sorted(apart)))
