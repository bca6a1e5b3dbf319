"""Finds labels of the recordings that the bank's own answers contradict."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.star.acts import DISCLOSURES, Result, authentication, is_bank

_CANNOT = "bank_inform_cannot_authenticate"
_NOTHING = "bank_inform_nothing_found"
_ASKED = ("authenticate your account", "report fraud on your account")


def disputes(dialogues: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each disputed label once per dialogue: which dialogue, which label, and what contradicts it."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for dialogue in dialogues:
        name = str(dialogue.get("DialogueID", "unnumbered"))
        for label, why in _disputed(dialogue):
            found.setdefault((name, label, why), {"dialogue": name, "label": label, "why": why})
    return list(found.values())


def _disputed(dialogue: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    standing: Result | None = None
    confirmed = False
    for event in dialogue.get("Events") or ():
        if not isinstance(event, dict):
            continue
        label = str(event.get("ActionLabel") or "")
        if event.get("Agent") == "KnowledgeBase" and is_bank(str(event.get("APIName") or "")):
            item = event.get("Item")
            standing = authentication(item if isinstance(item, dict) else None)
            confirmed = confirmed or standing == "confirmed"
        elif why := _contradiction(label, standing):
            yield label, why
    for each in dialogue.get("UserQuestionnaire") or ():
        question = str(each.get("Question")) if isinstance(each, dict) else ""
        if each.get("Answer") is True and not confirmed and any(part in question for part in _ASKED):
            yield question, "the bank never confirmed who the customer was, so nothing of it was truly done"


def _contradiction(label: str, standing: Result | None) -> str:
    if label in DISCLOSURES and standing != "confirmed":
        answer = (
            "had never been asked"
            if standing is None
            else "had not confirmed"
            if standing == "unconfirmed"
            else "had refused"
        )
        return f"says that something was done or found, but the bank {answer} to authenticate: it gave and took nothing"
    if label == _CANNOT and standing == "confirmed":
        return "says that the customer cannot be authenticated, but the bank had just confirmed them"
    if label == _NOTHING and standing == "refused":
        return "says that nothing was found, but the bank had refused to authenticate"
    return ""
