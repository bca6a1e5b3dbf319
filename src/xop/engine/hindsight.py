"""Hindsight: a stored decision with all that it was made from, so that it can be taken again."""

from collections.abc import Awaitable, Callable

from xop.engine.refolding import Refolding
from xop.kernel.facts import CustomersMerged
from xop.kernel.hindsight.recorded import Recorded
from xop.kernel.release import Release
from xop.ports.ledger import Ledger, Stored

Releases = Callable[[str], Awaitable[Release | None]]
"""Gives a release by its digest, or None when it cannot be had any more."""


async def recorded(ledger: Ledger, stored: Stored, releases: Releases) -> Recorded | None:
    """Return a step as it was taken, or None when its release cannot be had; raises `StorageError`."""
    entry = stored.entry
    release = await releases(entry.release)
    if release is None:
        return None
    refolding = Refolding()
    for each in await _before(ledger, stored):
        refolding.fold(each.entry)
    return Recorded(release, refolding.state(entry), entry.command, entry.moment, refolding.other(entry))


async def _before(ledger: Ledger, stored: Stored) -> list[Stored]:
    """Return everything before an entry about its customer and whoever had been merged into them, in order."""
    parts = {stored.entry.origin, stored.entry.customer, *filter(None, (stored.entry.other,))}
    while True:
        found = [each for each in await ledger.read(sorted(parts)) if each.position < stored.position]
        merged = {fact.other for each in found for fact in each.entry.facts if isinstance(fact, CustomersMerged)}
        heads = {each.entry.customer for each in found}
        if merged | heads <= parts:
            return found
        parts |= merged | heads
