"""What a fact tells about something that was tried in a conversation."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.actions.invocation import (
    Invocation,
    InvocationCancelled,
    InvocationDone,
    InvocationDropped,
    InvocationFailed,
    InvocationHeld,
    InvocationUncertain,
    ProposalDenied,
)
from xop.kernel.conversations.model import Tried

_LONGEST = 200
"""Characters of a detail that are remembered."""


def tried_in(invocations: Mapping[str, Invocation], fact: Any, at: int) -> tuple[str, Tried] | None:
    """Return the conversation and what was tried in it; `invocations` are those before the fact. None for any other fact."""
    if isinstance(fact, ProposalDenied):
        return fact.conversation, Tried(fact.action, "denied", at, fact.code, fact.invocation)
    if isinstance(fact, InvocationHeld):
        one = fact.invocation
        return one.conversation or "", Tried(one.action, "held", at, one.until, one.id)
    if not isinstance(fact, _ENDINGS):
        return None
    known = invocations.get(fact.invocation)
    if known is None or not known.conversation or known.seeded is not None:
        return None
    return known.conversation, _ended(fact, at)


def feigned_in(invocations: Mapping[str, Invocation], fact: Any) -> tuple[str, str] | None:
    """Return the conversation and the id of a probe that is over: nobody ever tried it. None for any other fact."""
    if not isinstance(fact, InvocationCancelled):
        return None
    known = invocations.get(fact.invocation)
    if known is None or known.seeded is None or not known.conversation:
        return None
    return known.conversation, known.id


_ENDINGS = (InvocationDone, InvocationFailed, InvocationUncertain, InvocationCancelled, InvocationDropped)


def _ended(fact: Any, at: int) -> Tried:
    match fact:
        case InvocationDone():
            return Tried(fact.action, "done", at, "", fact.invocation)
        case InvocationFailed():
            return Tried(fact.action, "failed", at, fact.detail[:_LONGEST], fact.invocation)
        case InvocationUncertain():
            return Tried(fact.action, "uncertain", at, fact.detail[:_LONGEST], fact.invocation)
        case InvocationCancelled():
            return Tried(fact.action, "cancelled", at, fact.code, fact.invocation)
        case _:
            return Tried(fact.action, "failed", at, f"given up by {fact.by}", fact.invocation)
