"""Assents: which of the approvals given to an invocation count, for which holds, and whether they are enough."""

from collections.abc import Sequence

from xop.kernel.actions.invocation import Assent, Invocation
from xop.kernel.arbiter.binding import binding
from xop.kernel.arbiter.case import Case
from xop.kernel.policy.model import Terms, Verdict


def standing(case: Case) -> tuple[Assent, ...]:
    """Return the approvals that count: whoever approved something else, or under another release, has not approved this.

    The release is part of the binding, so that an approval by somebody who has lost the role counts no more either.
    What is queued had all the approvals it needed when it was let go, and goes on with them.
    """
    invocation = case.invocation
    if not invocation.assents or invocation.status == "queued":
        return invocation.assents
    present = binding(case)
    return tuple(each for each in invocation.assents if each.binding == present)


def suffices(assents: Sequence[Assent], escalated_to: str, verdict: Verdict) -> bool:
    """Say whether every hold has the people it asks for; a role that took over stands in where its rule says so."""
    return all(_enough(assents, _answering(role, terms, escalated_to), terms.people) for role, terms in verdict.asks)


def roles_asked(invocation: Invocation, verdict: Verdict) -> tuple[str, ...]:
    """Return the roles that may answer now; those of the open request where the verdict holds for none."""
    if verdict.outcome != "hold" or not verdict.asks:
        return invocation.approvers
    escalated_to = invocation.escalated_to
    return tuple(
        dict.fromkeys(role for asked, terms in verdict.asks for role in _answering(asked, terms, escalated_to))
    )


def _answering(role: str, terms: Terms, escalated_to: str) -> tuple[str, ...]:
    return (role, escalated_to) if escalated_to and terms.escalate_to == escalated_to else (role,)


def _enough(assents: Sequence[Assent], roles: tuple[str, ...], people: int) -> bool:
    return len({each.by for each in assents if not set(roles).isdisjoint(each.roles)}) >= people
