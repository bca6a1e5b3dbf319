"""Turns: what was said in a conversation, as a chat is read."""

from collections.abc import Iterable

from msgspec import Struct

from xop.faces.console.words import marked
from xop.faces.http.routes.timelines import TimelineStep

SPEAKERS = marked({"customer": "the customer", "agent": "the AI agent", "person": "one of us"})
"""Who may have said something."""

_TEXTS = ("text", "message")
"""Parts of a signal's data that hold what was said."""

_LONGEST = 100
"""Characters of a name that a source gives to who speaks."""

_FROM = "from"
"""The part of a signal's data that says who said it."""


class Turn(Struct, frozen=True):
    """One thing that was said."""

    position: int
    at: str
    speaker: str
    """customer, agent or person."""
    text: str
    by: str = ""
    """Who said it, in the source's own words, where it is none of these."""


def turns(steps: Iterable[TimelineStep]) -> list[Turn]:
    """Return what was said, in the order in which it was."""
    said = [found for each in steps if (found := _turn(each)) is not None]
    return sorted(said, key=lambda each: each.position)


def _turn(step: TimelineStep) -> Turn | None:
    """Return what a step says that somebody said: a signal of a conversation with a text in its data; None for any other."""
    text = next((step.said[each] for each in _TEXTS if isinstance(step.said.get(each), str)), "")
    if not (step.conversation and text):
        return None
    speaker = step.said.get(_FROM)
    if isinstance(speaker, str) and speaker in SPEAKERS:
        return Turn(step.position, step.at, speaker, text)
    return Turn(step.position, step.at, "customer", text, speaker[:_LONGEST] if isinstance(speaker, str) else "")
