"""Which of a signal's identifiers come to belong to the customer."""

from xop.kernel.commands import Signal
from xop.kernel.consent.answer import ANY, latest
from xop.kernel.consent.facts import ObjectionRaised
from xop.kernel.consent.model import ConsentRecord
from xop.kernel.context.customer import Customer
from xop.kernel.identity.facts import CustomerCreated, IdentifierDeclined, IdentifierLinked
from xop.kernel.identity.model import Identifier
from xop.kernel.identity.namespaces import merges
from xop.kernel.release import Release
from xop.kernel.steps.draft import Draft

SUPPRESSION = "suppression"
"""The source of an objection that outlasted the erasure of whoever made it."""


def link_identifiers(release: Release, draft: Draft, signal: Signal) -> None:
    """Link the identifiers nobody else has, within each namespace's limit; shared values only when there is nothing else."""
    if draft.part.seq == 0 and draft.part.created_at == 0:
        draft.add(CustomerCreated())
    for identifier in signal.identifiers:
        name = str(identifier)
        if any(name in part.identifiers for part in draft.customer.parts):
            continue
        code = _guard(release, draft.customer, signal, identifier, elsewhere=identifier in draft.moment.elsewhere)
        if code is None:
            draft.add(IdentifierLinked(identifier, signal.source))
            if identifier in draft.moment.suppressed:
                _object(release, draft)
        else:
            draft.add(IdentifierDeclined(identifier, code))


def _object(release: Release, draft: Draft) -> None:
    """Whoever was erased is contacted no more than they wished when they were known, until they say otherwise."""
    record = ConsentRecord("objected", draft.moment.at, SUPPRESSION)
    for purpose in release.purposes.values():
        if purpose.promotional and latest(draft.part.consents, purpose.name, ANY, draft.moment.at) is None:
            draft.add(ObjectionRaised(purpose.name, ANY, record))


def _guard(
    release: Release, customer: Customer, signal: Signal, identifier: Identifier, *, elsewhere: bool
) -> str | None:
    namespace = release.namespaces.get(identifier.namespace)
    if namespace is None:
        return "namespace"
    if elsewhere:
        return "elsewhere"
    if len(signal.identifiers) > 1 and shared(release, identifier):
        return "shared"
    count = sum(
        link.identifier.namespace == namespace.name for part in customer.parts for link in part.identifiers.values()
    )
    return f"limit:{namespace.name}" if count >= namespace.limit else None


def shared(release: Release, identifier: Identifier) -> bool:
    """Say whether a value is one that many people use, so that it never says who somebody is."""
    namespace = release.namespaces.get(identifier.namespace)
    return namespace is not None and namespace.strong and not merges(namespace, identifier.value)
