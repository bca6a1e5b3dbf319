"""What a decision rested on, by category: for whoever looks into it, and in the customer's own words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xop.kernel.base.times import iso
from xop.kernel.decisions.model import Decision, Evidence, Read
from xop.kernel.hindsight.voice import addressed, moment, words
from xop.kernel.release import Release

_CATEGORIES: Mapping[str, tuple[str, str]] = {
    "consent": ("consent", "Your consent and your objections"),
    "contact": ("contact", "How and when you may be contacted"),
    "contact.capped": ("contact pressure", "How often you were contacted lately"),
    "contact.quiet": ("quiet hours", "The time of day where you are"),
    "contact.do_not_contact": ("wishes", "Whether you asked not to be contacted"),
    "contact.suppressed_by": ("circumstances", "Open cases of yours with us"),
    "contact.addressable": ("addresses", "Your addresses"),
    "care": ("circumstances", "Open cases of yours with us"),
    "flags": ("circumstances", "Circumstances that we know of"),
    "intents": ("intents", "What you are trying to do with us"),
    "assurance": ("identity verification", "How your identity was checked"),
    "assurance.required": ("rules", "How strongly our rules ask for your identity to be checked"),
    "arguments": ("request", "What exactly was asked for"),
    "actor": ("rights of whoever asked", "What whoever asked may do"),
    "halted": ("halts", "Whether we had stopped such actions"),
    "approved": ("approval", "Whether one of our staff approved"),
    "disclosure": ("disclosure", "Whether you were told that you deal with an AI"),
    "notice": ("notice", "Whether you were told that an AI system takes part"),
    "system": ("register of AI systems", "Our register of AI systems"),
    "duties": ("law", "Which duties of the law were in force"),
    "features": ("features", "What our model looks at"),
    "unknown": ("missing facts", "What we could not find out"),
    "unknown_because": ("missing facts", "What we could not find out"),
}

_FRESH = 60_000
"""Milliseconds within which something is as old as the decision itself."""

_RULES = ("rules", "What our rules say themselves")


def inputs(decision: Decision, evidence: Evidence | None, release: Release | None) -> list[dict[str, Any]]:
    """Return everything that was read, in full; values are missing once they were erased."""
    told = []
    for read in decision.reads:
        one: dict[str, Any] = {
            "name": read.name,
            "category": _category(read.name)[0],
            "description": _description(read.name, release),
            "source": read.source,
            "at": iso(read.at) if read.at is not None else None,
            "commitment": read.commitment,
        }
        if evidence is not None:
            one["value"] = evidence.values.get(read.name)
        told.append({name: value for name, value in one.items() if value is not None or name == "value"})
    return told


def inputs_to_customer(
    decision: Decision, release: Release | None, zone: str, more: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Return the kinds of data that were looked at and where they came from, without values and each once.

    `more` are the names of what was looked at besides, without being decisive.
    """
    named = {read.name for read in decision.reads}
    besides = [Read(name, "", "") for name in more if name not in named]
    return list(_once(_of_customer([*decision.reads, *besides], release, zone, decision.at)))


def facts_described(release: Release | None) -> dict[str, str]:
    """Return what facts are about, by name, as it is said to the customer."""
    if release is None:
        return {}
    sources = [fact.source for action in release.actions.values() for fact in action.facts]
    return {
        each.name: addressed(_first(each.description).partition(", so ")[0]) for each in sources if each.description
    }


def _of_customer(reads: Iterable[Read], release: Release | None, zone: str, at: int) -> Iterator[dict[str, Any]]:
    for read in reads:
        category = _category(read.name)[1]
        if read.name.startswith("facts."):
            category = (
                addressed(_description(read.name, release)) or words(read.name.removeprefix("facts.")).capitalize()
            )
        source = _source(read, release)
        if category == _RULES[1]:
            continue
        old = read.at is not None and abs(at - read.at) > _FRESH
        yield {"category": category.rstrip("."), "source": source} | (
            {"as_of": moment(read.at or 0, zone)} if old else {}
        )


def _once(told: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    seen: set[tuple[str, str]] = set()
    for each in told:
        name = each["category"], each["source"]
        if name not in seen:
            seen.add(name)
            yield each


def _category(name: str) -> tuple[str, str]:
    head = name.partition(".")[0]
    if head == "facts":
        return "facts", "Facts about you"
    return _CATEGORIES.get(name) or _CATEGORIES.get(head, _RULES)


def _source(read: Read, release: Release | None) -> str:
    """Return where a value came from without naming any system or person."""
    head = read.name.partition(".")[0]
    if head == "approved":
        return "our records"
    if read.source == "release" or head in {"actor", "system", "duties", "assurance.required"}:
        return "our rules"
    if read.source.startswith(("no ", "unknown")):
        return "our records, which have nothing on it"
    if head == "arguments":
        return "the request itself"
    if read.name in {"contact.quiet", "halted"}:
        return "our own systems"
    return "our own systems, asked for this decision" if head == "facts" and _asked(read, release) else "our records"


def _asked(read: Read, release: Release | None) -> bool:
    """Say whether a fact was read from another system for the decision."""
    if release is None or any(each in release.actions for each in read.source.split(", ")):
        return release is not None
    name = read.name.removeprefix("facts.")
    return not read.source and any(
        fact.source.name == name and fact.reads for action in release.actions.values() for fact in action.facts
    )


def _description(name: str, release: Release | None) -> str:
    if release is None or not name.startswith("facts."):
        return ""
    wanted = name.removeprefix("facts.")
    found = (fact.source for action in release.actions.values() for fact in action.facts if fact.source.name == wanted)
    source = next(found, None)
    return _first(source.description) if source is not None else ""


def _first(text: str) -> str:
    """Return the first sentence of a description."""
    return text.partition(". ")[0].strip()
