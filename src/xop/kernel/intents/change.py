"""What a change to an intent makes true, and the intent after it."""

from collections.abc import Mapping

from msgspec.structs import replace

from xop.kernel.intents.model import (
    Intent,
    IntentAbandoned,
    IntentAttempted,
    IntentChange,
    IntentConfirmed,
    IntentFact,
    IntentOpened,
    IntentResolved,
    IntentReturned,
)

_CLOSED = frozenset({"resolved", "confirmed", "abandoned"})


def change_intent(
    intents: Mapping[str, Intent], name: str, change: IntentChange, conversation: str
) -> tuple[IntentFact, ...]:
    """Return the facts of a change; one that changes nothing gives none, and any work on an unknown intent opens it."""
    intent = intents.get(name)
    if change == "open":
        if intent is None or intent.status == "abandoned":
            return (IntentOpened(name, conversation),)
        return (IntentReturned(name, conversation),) if intent.status in _CLOSED else ()
    opened: tuple[IntentFact, ...] = () if intent is not None else (IntentOpened(name, conversation),)
    if change == "attempt":
        return (*opened, IntentAttempted(name, conversation))
    if change == "abandon":
        return () if intent is None or intent.status in _CLOSED else (IntentAbandoned(name, conversation),)
    if change == "confirm":
        return () if intent is None or intent.status == "confirmed" else (IntentConfirmed(name, conversation),)
    done = intent is not None and intent.status in {"resolved", "confirmed"}
    return () if done else (*opened, IntentResolved(name, conversation))


def fold_intent(intents: dict[str, Intent], fact: IntentFact, at: int) -> dict[str, Intent]:
    """Return the intents with the fact applied."""
    known = intents.get(fact.intent)
    intent = known or Intent(fact.intent, "open", at, at, conversation=fact.conversation)
    match fact:
        case IntentOpened():
            after = Intent(fact.intent, "open", at, at, returns=intent.returns, conversation=fact.conversation)
        case IntentReturned():
            after = replace(
                intent, status="open", changed_at=at, returns=intent.returns + 1, conversation=fact.conversation
            )
        case IntentAttempted():
            after = replace(intent, status="attempted", changed_at=at, attempts=intent.attempts + 1)
        case IntentResolved():
            after = replace(intent, status="resolved", changed_at=at)
        case IntentConfirmed():
            after = replace(intent, status="confirmed", changed_at=at)
        case IntentAbandoned():
            after = replace(intent, status="abandoned", changed_at=at)
    return {**intents, fact.intent: after}
