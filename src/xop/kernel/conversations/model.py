"""A conversation as it stands, and what became true of it."""

from msgspec import Struct
from msgspec.structs import replace


class Conversation(Struct, frozen=True, omit_defaults=True):
    """One exchange on one channel."""

    id: str
    channel: str
    opened_at: int
    topic: str = ""
    turns: int = 0
    last_at: int = 0


class ConversationOpened(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """An exchange began."""

    conversation: str
    channel: str
    topic: str = ""


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
                fact.conversation: Conversation(fact.conversation, fact.channel, at, fact.topic, 0, at),
            }
        case ConversationContinued():
            known = conversations.get(fact.conversation)
            if known is None:
                return conversations
            return {**conversations, fact.conversation: replace(known, turns=known.turns + 1, last_at=at)}
        case ConversationClosed():
            return {name: each for name, each in conversations.items() if name != fact.conversation}
