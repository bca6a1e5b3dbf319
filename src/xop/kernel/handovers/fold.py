"""The handovers of a part, and its conversations, after a fact."""

from msgspec.structs import replace

from xop.kernel.conversations.model import Conversation
from xop.kernel.handovers import facts as f
from xop.kernel.handovers.model import Handover, holder_of, is_open

KEPT = 8
"""Handovers of one part that are over and can still be looked at."""

Handovers = dict[str, Handover]
Conversations = dict[str, Conversation]


def fold_handovers(handovers: Handovers, fact: f.HandoverFact, at: int) -> Handovers:
    """Return the handovers with the fact applied; opening one forgets those that were over longest ago."""
    if isinstance(fact, f.HandoverOpened):
        return {**_remembered(handovers), fact.handover.id: fact.handover}
    known = handovers.get(fact.handover)
    if known is None:
        return handovers
    return {**handovers, known.id: _after(known, fact, at)}


def _remembered(handovers: Handovers) -> Handovers:
    over = sorted((each for each in handovers.values() if not is_open(each)), key=lambda each: (each.since, each.id))
    gone = {each.id for each in over[: max(0, len(over) - KEPT + 1)]}
    return {name: each for name, each in handovers.items() if name not in gone}


def _after(known: Handover, fact: f.HandoverFact, at: int) -> Handover:
    match fact:
        case f.HandoverAccepted():
            return replace(known, status="accepted", since=at, due=fact.due, accepted_by=fact.by)
        case f.HandoverDeclined():
            if fact.queue == known.queue and known.status == "waiting":
                return replace(known, declined_by=(*known.declined_by, fact.by))
            return _waiting(known, fact.queue, fact.due, at)
        case f.HandoverEscalated():
            return _waiting(known, fact.queue, fact.due, at)
        case f.HandoverReturned():
            return replace(
                known,
                status="returned",
                since=at,
                due=0,
                outcome=fact.outcome,
                continues=fact.continues,
                notes=fact.notes,
            )
        case f.HandoverExpired():
            return replace(known, status="expired", since=at, due=0, outcome=fact.outcome, accepted_by="")
    return known


def _waiting(known: Handover, queue: str, due: int, at: int) -> Handover:
    been = known.been if queue in known.been else (*known.been, queue)
    return replace(
        known,
        status="waiting",
        queue=queue,
        since=at,
        due=due,
        accepted_by="",
        declined_by=(),
        been=been,
        moves=known.moves + 1,
    )


def fold_held(conversations: Conversations, fact: f.HandoverFact) -> Conversations:
    """Return the open conversations with who holds them after the fact."""
    name = fact.handover.conversation if isinstance(fact, f.HandoverOpened) else fact.conversation
    known = conversations.get(name)
    if known is None:
        return conversations
    match fact:
        case f.HandoverOpened():
            after = replace(known, held_by=holder_of(fact.handover.queue), handovers=known.handovers + 1)
        case f.HandoverAccepted():
            after = replace(known, held_by=fact.by)
        case f.HandoverDeclined() | f.HandoverEscalated():
            after = replace(known, held_by=holder_of(fact.queue))
        case f.HandoverReturned() | f.HandoverExpired():
            after = replace(known, held_by=fact.held_by)
    return {**conversations, name: after}


def keep_held(conversations: Conversations, handovers: Handovers) -> Conversations:
    """Return the conversations with those that people have held by them: one that opens anew is theirs still."""
    held = {
        each.conversation: each.accepted_by or holder_of(each.queue) for each in handovers.values() if is_open(each)
    }
    if all(conversations[name].held_by == by for name, by in held.items() if name in conversations):
        return conversations
    return {name: replace(each, held_by=held.get(name, each.held_by)) for name, each in conversations.items()}
