"""Conditions: what the platform's own rules read, had it been otherwise, to whoever looks into it and to the customer."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.base.phrase import joined, marked, phrase
from xop.kernel.hindsight.model import Change
from xop.kernel.hindsight.recorded import ARM

OTHERS, CUSTOMER = 0, 1
"""Whom a condition is told to."""

_CONDITIONS: Mapping[str, tuple[str, str]] = marked(
    {
        "contact.do_not_contact": (
            "had the customer asked not to be contacted",
            "if you had asked us not to contact you",
        ),
        "!contact.do_not_contact": (
            "had the customer not asked not to be contacted",
            "if you had not asked us not to contact you",
        ),
        "contact.capped": (
            "had the customer been contacted as often as allowed already",
            "if we had already contacted you as often as we allow ourselves",
        ),
        "!contact.capped": (
            "had the customer been contacted less of late",
            "if you had heard from us less often lately",
        ),
        "contact.quiet": (
            "had it been a quiet hour where the customer is",
            "if it had been a quiet hour where you are",
        ),
        "!contact.quiet": (
            "had it not been a quiet hour where the customer is",
            "if it had not been a quiet hour where you are",
        ),
        "contact.addressable": (
            "had there been an address to reach the customer at",
            "if we had an address of yours that we may use for this",
        ),
        "!contact.addressable": (
            "had there not been an address to reach the customer at",
            "if we had not had an address of yours that we may use for this",
        ),
        "approved": ("had {approvers} approved", "if one of our staff had approved it"),
        "!approved": ("had nobody approved", "if none of our staff had approved it"),
        "actor.granted": (
            "had the action been granted to {actor}",
            "if whoever asked had been given the right to do this",
        ),
        "!actor.granted": (
            "had the action not been granted to {actor}",
            "if whoever asked had not been given the right to do this",
        ),
        "actor.purpose_allowed": (
            "had {actor} been allowed to pursue {purpose}",
            "if whoever asked had been allowed to act for this purpose",
        ),
        "!actor.purpose_allowed": (
            "had {actor} not been allowed to pursue {purpose}",
            "if whoever asked had not been allowed to act for this purpose",
        ),
        "actor.engaged": (
            "had {actor} been in a conversation or task with the customer",
            "if whoever asked had been in a conversation with you",
        ),
        "!actor.engaged": (
            "had {actor} not been in a conversation or task with the customer",
            "if whoever asked had not been in a conversation with you",
        ),
        "actor.with_people": ("had the conversation been with people", "if one of our staff had been talking with you"),
        "!actor.with_people": (
            "had the conversation not been with people",
            "if one of our staff had not been talking with you",
        ),
        "actor.within_budget": (
            "with something left of the budget of {actor}",
            "if less had been done for you already in this time",
        ),
        "!actor.within_budget": (
            "with nothing left of the budget of {actor}",
            "if as much had been done for you already as we allow in this time",
        ),
        "halted": ("had it been halted", "if we had stopped such actions at that time"),
        "!halted": ("had it not been halted", "if we had not stopped such actions at that time"),
        "disclosure.made": (
            "had the customer been told that they deal with an AI, and on whose behalf it acts",
            "if you had been told first that you deal with an AI",
        ),
        "!disclosure.made": (
            "had the customer not been told that they deal with an AI, and on whose behalf it acts",
            "if you had not been told first that you deal with an AI",
        ),
        "notice.given": (
            "had the customer been told that a high-risk AI system takes part",
            "if you had been told first that an AI system takes part in this",
        ),
        "!notice.given": (
            "had the customer not been told that a high-risk AI system takes part",
            "if you had not been told first that an AI system takes part in this",
        ),
        "system.assessed": (
            "had the impact of the AI system on fundamental rights been assessed",
            "if we had assessed what the AI system means for people's rights",
        ),
        "!system.assessed": (
            "had the impact of the AI system on fundamental rights not been assessed",
            "if we had not assessed what the AI system means for people's rights",
        ),
        "system.registered": (
            "had an AI system of the register answered for it",
            "if the AI system had been in our register",
        ),
        "!system.registered": (
            "had an AI system of the register not answered for it",
            "if the AI system had not been in our register",
        ),
        ARM: ("had the customer been in no control group", "if you had not been in a comparison group"),
        "care.support": ("with an open support case", "with an open support case"),
        "!care.support": ("without an open support case", "without an open support case"),
        "care.complaint": ("with an open complaint", "with an open complaint"),
        "!care.complaint": ("without an open complaint", "without an open complaint"),
        "care.vulnerable": ("with being marked as vulnerable", "with a note that you need special care"),
        "!care.vulnerable": ("without being marked as vulnerable", "without a note that you need special care"),
        "care.": ("with that circumstance", "with that circumstance"),
        "!care.": ("without that circumstance", "without that circumstance"),
    }
)
"""What is so, and with `!` what is not."""


def condition(change: Change, voice: int, **places: Any) -> Any:
    """Return the platform's own words for a change; None for what a workspace declares."""
    path, would = change.path, change.would
    if path == "contact.suppressed_by":
        more, less = differing(change)
        kept = [*(f"care.{each}" for each in more), *(f"!care.{each}" for each in less)]
        return joined(
            (phrase((_CONDITIONS.get(each) or _circumstance(each))[voice]) for each in kept), "{one} and {other}"
        )
    name = path if would else f"!{path}"
    if path.startswith("care.") and isinstance(would, bool):
        return phrase((_CONDITIONS.get(name) or _circumstance(name))[voice])
    known = _CONDITIONS.get(name) or _CONDITIONS.get(path)
    return phrase(known[voice], **places) if known is not None else None


def _circumstance(name: str) -> tuple[str, str]:
    """Return what a circumstance is called that has no words of its own."""
    return _CONDITIONS["!care." if name.startswith("!") else "care."]


def differing(change: Change) -> tuple[list[str], list[str]]:
    """Return what would be in a list besides, and what would not be in it any more."""
    was, would = change.was or (), change.would or ()
    return [each for each in would if each not in was], [each for each in was if each not in would]
