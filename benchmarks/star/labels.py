"""What the people who recorded the dialogues said about them afterwards: the truth that the desk's hearing is held against."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

ANNOYED = "annoyed during the dialogue"
CHANGED_MIND = "change his/her mind"


class Hearing(Struct, frozen=True):
    """How well something was heard, over the dialogues whose recorders answered the question."""

    labelled: int
    true: int
    heard: int
    precision: float | None
    recall: float | None


def answer(dialogue: Mapping[str, Any], question: str) -> bool | None:
    """Return what the recorder answered to a question that contains some words; None when it was not asked."""
    for each in dialogue.get("WizardQuestionnaire") or ():
        if isinstance(each, dict) and question in str(each.get("Question")) and isinstance(each.get("Answer"), bool):
            return bool(each["Answer"])
    return None


def hearing(truth: Mapping[str, bool | None], heard: Iterable[str]) -> Hearing:
    """Return how the dialogues in which something was heard compare with the truth by dialogue."""
    known = {name: value for name, value in truth.items() if value is not None}
    noted = set(heard) & known.keys()
    true = {name for name, value in known.items() if value}
    both = len(noted & true)
    return Hearing(
        len(known),
        len(true),
        len(noted),
        round(both / len(noted), 3) if noted else None,
        round(both / len(true), 3) if true else None,
    )
