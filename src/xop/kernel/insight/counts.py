"""Counts: what one ledger entry adds to the figures by itself."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from xop.kernel import facts as f
from xop.kernel.commands import Proposal
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.kernel.insight.measures import Count
from xop.kernel.steps.approval import REFUSED
from xop.kernel.steps.invocation import EXPIRED


class Known(Protocol):
    """What is known beside an entry."""

    def channel(self, action: str) -> str | None:
        """Return the channel of an action that contacts customers; None for any other."""
        ...

    def asked(self, invocation: str) -> bool:
        """Say whether an invocation waited for a person's approval until now."""
        ...


def counts(entry: Entry, known: Known) -> Iterator[Count]:
    """Yield what an entry counts by itself; nothing of it names a customer.

    What needs the customer's state and history is `contact_counts` and `handover_counts`.
    """
    if entry.decision is not None:
        yield from _ruled(entry, entry.decision)
    for fact in entry.facts:
        counting = _COUNTING.get(type(fact))
        if counting is not None:
            yield counting(fact)
        elif isinstance(fact, f.InvocationDone):
            channel = known.channel(fact.action)
            if channel:
                yield Count("sent", channel)
        elif isinstance(fact, f.InvocationCancelled):
            yield from _given_up(fact, known)


def _ruled(entry: Entry, decision: Decision) -> Iterator[Count]:
    yield Count("decisions", decision.verdict)
    yield Count("actors", decision.actor.kind)
    if decision.verdict != "permit" and decision.code:
        yield Count("codes", decision.code)
    if isinstance(entry.command, Proposal):
        yield Count("actions", decision.action)
        if decision.actor.kind == "agent":
            yield Count("agents", f"{decision.actor.id} {decision.verdict}")


def _given_up(fact: f.InvocationCancelled, known: Known) -> Iterator[Count]:
    if fact.code == REFUSED:
        yield Count("approvals", "refused")
    elif fact.code == EXPIRED and known.asked(fact.invocation):
        yield Count("approvals", "expired")


_COUNTING: Mapping[type, Callable[[Any], Count]] = {
    f.IntentOpened: lambda fact: Count("demand", fact.intent),
    f.IntentResolved: lambda fact: Count("resolved", fact.intent),
    f.IntentConfirmed: lambda fact: Count("confirmed", fact.intent),
    f.IntentAbandoned: lambda fact: Count("abandoned", fact.intent),
    f.IntentReturned: lambda fact: Count("returned", fact.intent),
    f.ConversationOpened: lambda fact: Count("contacts", fact.channel),
    f.HandoverOpened: lambda fact: Count("transfers", fact.handover.queue),
    f.InvocationApproved: lambda _fact: Count("approvals", "approved"),
    f.InvocationFailed: lambda fact: Count("failed", fact.action),
    f.PromiseMade: lambda _fact: Count("promises", "made"),
    f.PromiseKept: lambda _fact: Count("promises", "kept"),
    f.PromiseBroken: lambda _fact: Count("promises", "broken"),
}

COUNTED: frozenset[type] = frozenset({*_COUNTING, f.InvocationDone, f.InvocationCancelled})
"""The facts that count something; entries without any of them count nothing but a decision."""
