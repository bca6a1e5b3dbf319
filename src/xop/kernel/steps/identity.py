"""What merging and unmerging make true, and the guards that keep two people apart."""

from xop.kernel.base.values import Refusal
from xop.kernel.commands import Merge, Unmerge
from xop.kernel.context.customer import Customer, Part, has_part, side
from xop.kernel.erasure.model import ERASURE
from xop.kernel.facts import Fact
from xop.kernel.identity.facts import CustomersMerged, CustomersUnmerged, MergeDeclined
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft

UNDER_WAY = "erasure-under-way"
"""The guard that keeps whoever is being erased apart from everybody else."""


def merge(release: Release, customer: Customer, other: Customer | None, command: Merge, moment: Moment) -> Step:
    """Merge two customers unless a guard keeps them apart.

    A rule's merge that a guard declines is a fact; a person's is refused with the reason.
    """
    if other is None or other.id == customer.id:
        return Step(
            refusal=Refusal("merge-nothing", "there is no other customer to merge", "name two different customers")
        )
    code = merge_guard(release, customer, other)
    if code is None:
        return _noted(customer, moment, CustomersMerged(other.id, command.evidence, command.reason))
    if command.evidence is not None:
        return _noted(customer, moment, MergeDeclined(other.id, code))
    cause = f"{customer.id} and {other.id} are kept apart by the rule {code!r}"
    remedy = "raise the namespace's limit in identity.yaml if they are one person"
    if code == UNDER_WAY:
        remedy = "wait until the one is erased, and ask for the other's erasure as well if they are one person"
    return Step(refusal=Refusal("merge-declined", cause, remedy))


def _noted(customer: Customer, moment: Moment, fact: Fact) -> Step:
    draft = Draft(customer, moment)
    draft.add(fact)
    return draft.step()


def merge_guard(release: Release, customer: Customer, other: Customer) -> str | None:
    """Return the guard that forbids a merge: one side is being erased, or too many identifiers of one namespace.

    Whoever is merged with somebody who is being erased would go with them, legal holds or not.
    """
    both = (*customer.parts, *other.parts)
    if any(ERASURE in part.flags for part in both):
        return UNDER_WAY
    for name, namespace in release.namespaces.items():
        values = {key for part in both for key, link in part.identifiers.items() if link.identifier.namespace == name}
        if len(values) > namespace.limit:
            return f"limit:{name}"
    return None


def unmerge(_release: Release, customer: Customer, command: Unmerge, moment: Moment) -> Step:
    """Undo a merge: the other part is a customer of its own again, with all its facts."""
    if command.other not in customer.part(moment.origin).merged or not has_part(customer, command.other):
        cause = f"{command.other!r} is not merged into {customer.id!r}"
        return Step(refusal=Refusal("unmerge-nothing", cause, "only what was merged before can be taken apart again"))
    return _noted(customer, moment, CustomersUnmerged(command.other, command.reason))


def joined(customer: Customer, other: Customer) -> Customer:
    """Return the merged customer: the parts of both, each with its own facts."""
    return arranged(customer.id, (*customer.parts, *other.parts))


def parted(customer: Customer, other: str) -> tuple[Customer, Customer]:
    """Return both customers of an undone merge; what had been merged into the other before goes with it."""
    given = frozenset(side(customer, other))
    return (
        arranged(customer.id, tuple(part for part in customer.parts if part.id not in given)),
        arranged(other, tuple(part for part in customer.parts if part.id in given)),
    )


def arranged(customer: str, parts: tuple[Part, ...]) -> Customer:
    """Return a customer with its own part first and the others in order of id, so that the same parts always look the same."""
    return Customer(customer, tuple(sorted(parts, key=lambda part: (part.id != customer, part.id))))
