"""Whom a signal is about, by its identifiers and the customers they lead to."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from xop.kernel.context.customer import Customer
from xop.kernel.identity.model import Identifier
from xop.kernel.identity.namespaces import merges
from xop.kernel.release import Release
from xop.kernel.steps.links import shared


class Resolution(Struct, frozen=True):
    """The customer a signal belongs to, and the customers its identifiers show to be the same person."""

    home: str | None
    """The part the signal's facts belong to; None for a person not heard of yet."""
    merges: tuple[tuple[str, Identifier], ...] = ()
    """Customers to merge into the home's customer, each with the identifier that shows it."""
    elsewhere: tuple[Identifier, ...] = ()
    """Identifiers that belong to somebody else, and stay there."""


def resolve(
    release: Release, identifiers: Sequence[Identifier], hits: Mapping[Identifier, tuple[str, Customer]]
) -> Resolution:
    """Find the home of a signal, given the part and customer that each known identifier leads to.

    The identifier of the highest priority says whose signal it is. Another customer is merged if a strong identifier
    leads to it, or if a weak one does and nothing strong is known about it (a visitor who has now signed in). A weak
    identifier of somebody known says nothing when the signal names a strong one not heard of yet: that is somebody else
    on the same device.
    """
    if len(identifiers) == 1:
        hit = hits.get(identifiers[0])
        return Resolution(hit[0] if hit else None)
    newcomer = any(each not in hits and _strong(release, each) for each in identifiers)
    known = [each for each in identifiers if each in hits and each.namespace in release.namespaces]
    told = [each for each in known if _tells(release, each, identifiers, hits[each][1], newcomer=newcomer)]
    elsewhere = [each for each in identifiers if each in hits and each not in told]
    if not told:
        return Resolution(None, elsewhere=tuple(elsewhere))
    told.sort(key=lambda each: -release.namespaces[each.namespace].priority)
    home, owner = hits[told[0]]
    merging: dict[str, Identifier] = {}
    for identifier in told[1:]:
        _, other = hits[identifier]
        if other.id == owner.id:
            continue
        if _strong(release, identifier) or anonymous(release, other):
            merging.setdefault(other.id, identifier)
        else:
            elsewhere.append(identifier)
    return Resolution(home, tuple(merging.items()), tuple(elsewhere))


def _tells(
    release: Release, identifier: Identifier, all_of_them: Sequence[Identifier], owner: Customer, *, newcomer: bool
) -> bool:
    if len(all_of_them) > 1 and shared(release, identifier):
        return False
    return not newcomer or _strong(release, identifier) or anonymous(release, owner)


def _strong(release: Release, identifier: Identifier) -> bool:
    namespace = release.namespaces.get(identifier.namespace)
    return namespace is not None and merges(namespace, identifier.value)


def anonymous(release: Release, customer: Customer) -> bool:
    """Say whether nothing is known of a customer that could tell them from others."""
    return not any(_strong(release, link.identifier) for part in customer.parts for link in part.identifiers.values())
