"""Readings: what a value is about that rules read, and where it came from, in the words of whoever reads of it."""

from collections.abc import Mapping

from xop.faces.console.words import Words, marked

_ABOUT: Mapping[str, str] = marked(
    {
        "arguments": "as it was asked for",
        "approved": "whether somebody had approved exactly this",
        "halted": "whether it was halted",
        "stage": "at which moment of its life it was judged",
        "kind": "what kind of action it is",
        "risk": "how risky the action is",
        "promotional": "whether its purpose is to sell",
        "actor.granted": "whether whoever asked was given this action",
        "actor.autonomy": "how far whoever asked acts without a person",
        "actor.roles": "which roles whoever asked has",
        "actor.purpose_allowed": "whether whoever asked may pursue this purpose",
        "actor.engaged": "whether whoever asked was in a conversation or task with the customer",
        "actor.with_people": "whether the conversation was with people",
        "actor.within_budget": "whether the budget of whoever asked had room for it",
        "consent.permitted": "whether there was a legal basis to reach the customer for this purpose",
        "consent.code": "how the customer's consent stood",
        "consent.basis": "on which legal basis",
        "contact.capped": "whether the customer had been contacted as often as the caps allow",
        "contact.quiet": "whether it was a quiet hour where the customer is",
        "contact.suppressed": "whether open cases of the customer silence this purpose",
        "contact.suppressed_by": "which open cases of the customer silence this purpose",
        "contact.do_not_contact": "whether the customer asked not to be contacted",
        "contact.addressable": "whether there was an address that may be used",
        "assurance.level": "how strongly the customer was verified",
        "assurance.required": "how strongly the action asks the customer to be verified",
    }
)
"""What the values are about that rules of every workspace read."""

_SOURCES: Mapping[str, str] = marked({"release": "the rules in force", "approval": "approvals on record"})


def about_told(name: str, words: Words) -> str:
    """Return what a value is about; empty for one that a workspace alone knows."""
    known = _ABOUT.get("arguments" if name.startswith("arguments.") else name)
    return words.text(known) if known else ""


def source_told(name: str, source: str, words: Words) -> str:
    """Return where a value came from."""
    return words.text(_SOURCES.get("approval" if name == "approved" else source, source))
