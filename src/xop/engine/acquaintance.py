"""Acquaintance: which conversations a customer had of late, read from the ledger."""

from xop.kernel.context.customer import Customer
from xop.kernel.insight.contact import REPEAT, Contacted, contacted
from xop.ports.ledger import Ledger

_PAGE = 64

_MOST = 1_024
"""Entries of one customer that are looked at: whoever has more within a week writes more than they talk."""


async def acquaintance(ledger: Ledger, customer: Customer, position: int, at: int) -> list[Contacted]:
    """Return the conversations of a customer opened before a position, as far as one at that moment can be their repeat."""
    parts, found, end = [part.id for part in customer.parts], list[Contacted](), position
    for _ in range(_MOST // _PAGE):
        page = await ledger.latest(end, _PAGE, parts)
        found += contacted(each.entry for each in page)
        if len(page) < _PAGE or page[-1].entry.moment.at < at - REPEAT:
            break
        end = page[-1].position
    return found
