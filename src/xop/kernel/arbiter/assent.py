"""Assents: which of the approvals given to an invocation count, for which holds, and whether they are enough."""

from collections.abc import Sequence

from xop.kernel.actions.invocation import Assent, Invocation
from xop.kernel.arbiter.binding import binding
from xop.kernel.arbiter.case import Case
from xop.kernel.base.spans import milliseconds
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


def suffices(assents: Sequence[Assent], invocation: Invocation, verdict: Verdict) -> bool:
    """Say whether every hold has the people it asks for; a role that took over stands in where its rule says so."""
    return all(_enough(assents, _answering(role, terms, invocation), terms.people) for role, terms in verdict.asks)


def roles_asked(invocation: Invocation, verdict: Verdict) -> tuple[str, ...]:
    """Return the roles that may answer now; those of the open request where the verdict holds for none."""
    if verdict.outcome != "hold" or not verdict.asks:
        return invocation.approvers
    return tuple(dict.fromkeys(role for asked, terms in verdict.asks for role in _answering(asked, terms, invocation)))


def _answering(role: str, terms: Terms, invocation: Invocation) -> tuple[str, ...]:
    """Return who may answer a hold by now: its own role, and the one that its rule lets take over once the time has come."""
    if not terms.escalate_to:
        return (role,)
    after = milliseconds(terms.escalate_after)
    come = any(
        each.role == terms.escalate_to and (not each.after or each.after >= after) for each in invocation.taken_over
    )
    return (role, terms.escalate_to) if come else (role,)


def _enough(assents: Sequence[Assent], roles: tuple[str, ...], people: int) -> bool:
    return len({each.by for each in assents if not set(roles).isdisjoint(each.roles)}) >= people
