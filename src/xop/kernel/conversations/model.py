"""A conversation as it stands, and what became true of it."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

MOST_TRIED = 32
"""What was tried in one conversation and is remembered with its outcome: the latest."""


class Tried(Struct, frozen=True, omit_defaults=True):
    """Something that was tried for the customer, and what came of it."""

    what: str
    """The action, or what else was tried."""
    outcome: Literal["done", "failed", "denied", "held", "cancelled", "uncertain"]
    at: int = 0
    """Milliseconds since the epoch; 0 where nobody said when."""
    detail: str = ""
    """The rule that refused it, or why it failed."""
    invocation: str = ""


class Conversation(Struct, frozen=True, omit_defaults=True):
    """One exchange on one channel."""

    id: str
    channel: str
    opened_at: int
    topic: str = ""
    turns: int = 0
    last_at: int = 0
    held_by: str = ""
    """The agent or person who holds it, as `kind:name`; empty while nobody in particular does.

    While it waits for people it is `queue:` and the queue's name.
    """
    handovers: int = 0
    """How often it was handed over to people."""
    tried: tuple[Tried, ...] = ()
    """What was tried in it lately, oldest first."""


class ConversationOpened(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """An exchange began."""

    conversation: str
    channel: str
    topic: str = ""
    held_by: str = ""


class ConversationContinued(Struct, frozen=True, tag=True, tag_field="fact"):
    """Somebody said something in it."""

    conversation: str


class ConversationClosed(Struct, frozen=True, tag=True, tag_field="fact"):
    """The exchange ended."""

    conversation: str


ConversationFact = ConversationOpened | ConversationContinued | ConversationClosed


def fold_conversation(
    conversations: dict[str, Conversation], fact: ConversationFact, at: int
) -> dict[str, Conversation]:
    """Return the open conversations with the fact applied."""
    match fact:
        case ConversationOpened():
            return {
                **conversations,
                fact.conversation: Conversation(
                    fact.conversation, fact.channel, at, fact.topic, last_at=at, held_by=fact.held_by
                ),
            }
        case ConversationContinued():
            known = conversations.get(fact.conversation)
            if known is None:
                return conversations
            return {**conversations, fact.conversation: replace(known, turns=known.turns + 1, last_at=at)}
        case ConversationClosed():
            return {name: each for name, each in conversations.items() if name != fact.conversation}


def note_tried(conversations: dict[str, Conversation], name: str, tried: Tried) -> dict[str, Conversation]:
    """Return the open conversations with what was tried in one of them; an invocation has one outcome, the last."""
    known = conversations.get(name)
    if known is None:
        return conversations
    others = tuple(each for each in known.tried if not tried.invocation or each.invocation != tried.invocation)
    return {**conversations, name: replace(known, tried=(*others, tried)[-MOST_TRIED:])}


def forget_tried(conversations: dict[str, Conversation], name: str, invocation: str) -> dict[str, Conversation]:
    """Return the open conversations without an invocation among what was tried in one of them."""
    known = conversations.get(name)
    if known is None:
        return conversations
    return {
        **conversations,
        name: replace(known, tried=tuple(each for each in known.tried if each.invocation != invocation)),
    }
