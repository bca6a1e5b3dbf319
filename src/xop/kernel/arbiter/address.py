"""Where a contact goes: an address the customer's consent covers."""

from xop.kernel.actions.invocation import Invocation
from xop.kernel.consent.model import ConsentAnswer
from xop.kernel.context.customer import Customer
from xop.kernel.release import Release


def contact_address(
    release: Release, customer: Customer, consent: ConsentAnswer, invocation: Invocation, origin: str
) -> str | None:
    """Return the address as `namespace:value`, or None when there is none.

    Only addresses of the parts that permit the contact count; among them the part the command came in by first, then
    the identifier linked last. An address once chosen is kept while it is covered, and not replaced by another. A
    channel without a namespace is reached by the id of the part the command came in by.
    """
    channel = release.channels.get(invocation.channel or "")
    if channel is None:
        return None
    if channel.namespace is None:
        return f"customer:{origin}"
    parts = [part for part in customer.parts if part.id in consent.origins] or list(customer.parts)
    links = [
        (part.id == origin, link.at, str(link.identifier))
        for part in parts
        for link in part.identifiers.values()
        if link.identifier.namespace == channel.namespace
    ]
    if invocation.address is not None:
        return invocation.address if any(address == invocation.address for _, _, address in links) else None
    return max(links)[2] if links else None
