"""Contacts: what a conversation or a handover counts, seen with the customer's state and what they did before."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation
from xop.kernel.budgets.model import amount_of
from xop.kernel.context.customer import Customer, Part
from xop.kernel.entry import Entry
from xop.kernel.insight.measures import Count, Measure
from xop.kernel.intents.model import Intent
from xop.kernel.promises.model import Promise

REPEAT = 7 * 86_400_000
"""Milliseconds within which a second conversation of one customer counts as a repeat."""

SHIFT = 86_400_000
"""Milliseconds within which a repeat on another channel counts as a shift to it."""


class Contacted(Struct, frozen=True):
    """A conversation that one customer had."""

    conversation: str
    channel: str
    at: int


def contacted(history: Iterable[Entry]) -> list[Contacted]:
    """Return the conversations that some entries of one customer opened, in their order."""
    return [
        Contacted(fact.conversation, fact.channel, entry.moment.at)
        for entry in history
        for fact in entry.facts
        if isinstance(fact, f.ConversationOpened)
    ]


def contact_counts(
    customer: Customer, before: Iterable[Contacted], fact: f.ConversationOpened, at: int
) -> Iterator[Count]:
    """Yield what opening a conversation counts beside a contact, given the customer and their conversations before.

    `repeats`: it follows another one within `REPEAT`. `shifts`: the last one was within `SHIFT` on another channel.
    `chases`: it is a repeat, and an intent of an earlier conversation is not done, or a promise is overdue or was broken.
    The customer may be seen as of later: what changed since is told by its time.
    """
    earlier = [each for each in before if at - REPEAT <= each.at <= at and each.conversation != fact.conversation]
    if not earlier:
        return
    yield Count("repeats", fact.channel)
    last = max(earlier, key=lambda each: each.at)
    if last.channel != fact.channel and at - last.at <= SHIFT:
        yield Count("shifts", f"{last.channel} to {fact.channel}")
    view = customer.view
    pending = any(_pending(intent, fact.conversation, at) for intent in view.intents.values())
    if pending or any(_let_down(promise, at) for promise in view.promises.values()):
        yield Count("chases", fact.channel)


def handover_counts(customer: Customer, origin: str, fact: f.HandoverFact) -> Iterator[Count]:
    """Yield what a person's, or nobody's, word on a handover counts, by its queue."""
    measure = _OUTCOMES.get(type(fact))
    if measure is None or isinstance(fact, f.HandoverOpened):
        return
    queue = _queue(customer.part(origin), fact.handover)
    if queue:
        yield Count(measure, queue)


def passed_counts(customer: Customer, fact: f.HandoverOpened, at: int) -> Iterator[Count]:
    """Yield what passing a conversation to people counts beside a transfer: by what the customer wants."""
    handover = fact.handover
    intent = handover.intent or wanted(customer, handover.conversation, at)
    if intent:
        yield Count("passed", intent)


def cost_counts(customer: Customer, invocation: Invocation, cost: str, at: int) -> Iterator[Count]:
    """Yield what a permitted action costs the intent of its conversation, in `PARTS` of its currency.

    What costs an unknown amount counts nothing: a sum with it would say nothing.
    """
    intent, (amount, currency) = wanted(customer, invocation.conversation, at), amount_of(cost)
    if intent and 0 < amount <= _DEAREST:
        yield Count("costs", f"{intent} {currency}", amount)


def wanted(customer: Customer, conversation: str | None, at: int) -> str:
    """Return the intent that came up last in a conversation before a moment; empty without any."""
    if not conversation:
        return ""
    known = [each for each in customer.view.intents.values() if each.conversation == conversation]
    last = max((each for each in known if each.opened_at <= at), key=lambda each: each.opened_at, default=None)
    return last.name if last is not None else ""


_DEAREST = 10**13
"""The most that one action can cost and be counted, in `PARTS`."""

_OUTCOMES: dict[type, Measure] = {
    f.HandoverAccepted: "accepted",
    f.HandoverReturned: "handed_back",
    f.HandoverExpired: "expired",
}


TALKS: frozenset[type] = frozenset({f.ConversationOpened, f.HandoverOpened, *_OUTCOMES})
"""The facts that are counted with the customer's state."""


def _queue(part: Part, handover: str) -> str:
    known = part.handovers.get(handover)
    return known.queue if known is not None else ""


def _pending(intent: Intent, conversation: str, at: int) -> bool:
    """Say whether an intent from another conversation was not done at a moment."""
    if intent.opened_at >= at or intent.conversation == conversation:
        return False
    return intent.status in {"open", "attempted"} or intent.changed_at > at


def _let_down(promise: Promise, at: int) -> bool:
    """Say whether a promise was overdue or broken at a moment, and the customer may still be after it."""
    if promise.made_at >= at:
        return False
    if promise.status == "broken" and promise.closed_at is not None and promise.closed_at <= at:
        return at - promise.closed_at <= REPEAT
    still = promise.closed_at is None or promise.closed_at > at
    return still and promise.due is not None and promise.due < at
