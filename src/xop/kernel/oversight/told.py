"""What a person was told about AI, when and how."""

from msgspec import Struct

MOST_KEPT = 200
"""Disclosures to one customer that are remembered at a time."""


class Told(Struct, frozen=True, omit_defaults=True):
    """The last time that somebody was given a text about one system in one place."""

    system: str
    text: str
    version: int
    at: int
    conversation: str = ""
    channel: str = ""


class DisclosureMade(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A person was told that they deal with an AI, and on whose behalf it acts."""

    system: str
    text: str
    version: int
    sha256: str
    """Of the text in the language it was given in."""
    language: str
    by: str
    """Who says that it was given, as `kind:name`."""
    conversation: str = ""
    channel: str = ""
    invocation: str = ""
    """The invocation that gave it, when an action did."""


class NoticeGiven(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A person was told that a high-risk AI system takes part in decisions about them."""

    system: str
    text: str
    version: int
    sha256: str
    language: str
    by: str
    conversation: str = ""
    channel: str = ""
    invocation: str = ""


ToldFact = DisclosureMade | NoticeGiven


def place_of(system: str, conversation: str, channel: str) -> str:
    """Return the key of what was disclosed by a system: each conversation is another place, and so is each channel."""
    return f"{system}|{channel}|{conversation}"


def fold_disclosures(disclosures: dict[str, Told], fact: DisclosureMade, at: int) -> dict[str, Told]:
    """Return the disclosures by place after a fact; the oldest is forgotten for one too many, and then made again."""
    place = place_of(fact.system, fact.conversation, fact.channel)
    others = {name: told for name, told in disclosures.items() if name != place}
    if len(others) >= MOST_KEPT:
        del others[min(others, key=lambda name: (others[name].at, name))]
    return {**others, place: _told(fact, at)}


def fold_notices(notices: dict[str, Told], fact: NoticeGiven, at: int) -> dict[str, Told]:
    """Return the notices by system after a fact."""
    return {**notices, fact.system: _told(fact, at)}


def forget_conversation(disclosures: dict[str, Told], conversation: str) -> dict[str, Told]:
    """Return the disclosures without those of a conversation that is over."""
    kept = {place: told for place, told in disclosures.items() if told.conversation != conversation}
    return disclosures if len(kept) == len(disclosures) else kept


def _told(fact: ToldFact, at: int) -> Told:
    return Told(fact.system, fact.text, fact.version, at, fact.conversation, fact.channel)
