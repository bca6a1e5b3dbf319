"""What a decision rested on, by category: for whoever looks into it, and in the customer's own words."""

from collections.abc import Iterable, Mapping
from typing import Any

from xop.kernel.base.phrase import Phrase, marked, phrase, verbatim
from xop.kernel.base.times import iso
from xop.kernel.decisions.model import Decision, Evidence, Read
from xop.kernel.hindsight.recorded import FACTS
from xop.kernel.hindsight.voice import addressed, moment, words
from xop.kernel.release import CompiledFact, Release

_CATEGORIES: Mapping[str, tuple[str, str]] = marked(
    {
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
        "actor": ("rights of whoever asked", "What {asker} may do"),
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
)

_FRESH = 60_000
"""Milliseconds within which something is as old as the decision itself."""

_RULES = marked(("rules", "What our rules say themselves"))

_FACTS = marked(("facts", "Facts about you"))


def inputs(decision: Decision, evidence: Evidence | None, release: Release | None) -> list[dict[str, Any]]:
    """Return everything that was read, in full; values are missing once they were erased."""
    facts, told = _facts(release), []
    for read in decision.reads:
        fact = facts.get(read.name)
        one: dict[str, Any] = {
            "name": read.name,
            "category": phrase(_category(read.name)[0]),
            "description": _first(fact.source.description) if fact is not None else "",
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
    facts, told = _facts(release), dict[tuple[Any, Any], dict[str, Any]]()
    known = {read.name for read in decision.reads}
    for read in (*decision.reads, *(Read(name, "", "") for name in more if name not in known)):
        category = _category_to_customer(read.name, facts)
        if category == phrase(_RULES[1]):
            continue
        one: dict[str, Any] = {"category": category, "source": phrase(_source(read, release, facts))}
        if read.at is not None and abs(decision.at - read.at) > _FRESH:
            one["as_of"] = moment(read.at, zone)
        told.setdefault((one["category"], one["source"]), one)
    return list(told.values())


def facts_described(release: Release | None) -> dict[str, str]:
    """Return what facts are about, by name such as `facts.roaming`, as it is said to the customer."""
    described = {name: _first(fact.source.description) for name, fact in _facts(release).items()}
    return {name: addressed(said.partition(", so ")[0]) for name, said in described.items() if said}


def _facts(release: Release | None) -> dict[str, CompiledFact]:
    """Return the facts that any action's rules may read, by name such as `facts.roaming`."""
    actions = release.actions.values() if release is not None else ()
    return {f"{FACTS}{fact.source.name}": fact for action in actions for fact in action.facts}


def _category(name: str) -> tuple[str, str]:
    if name.startswith(FACTS):
        return _FACTS
    return _CATEGORIES.get(name) or _CATEGORIES.get(name.partition(".")[0], _RULES)


def _category_to_customer(name: str, facts: Mapping[str, CompiledFact]) -> Phrase:
    if not name.startswith(FACTS):
        return phrase(_category(name)[1])
    described = _first(facts[name].source.description) if name in facts else ""
    return verbatim(addressed(described).rstrip(".") or words(name.removeprefix(FACTS)).capitalize())


def _source(read: Read, release: Release | None, facts: Mapping[str, CompiledFact]) -> str:
    """Return where a value came from without naming any system or person."""
    head = read.name.partition(".")[0]
    if head == "approved":
        return marked("our records")
    if read.source == "release" or head in {"actor", "system", "duties", "assurance.required"}:
        return marked("our rules")
    if read.source.startswith(("no ", "unknown")):
        return marked("our records, which have nothing on it")
    if head == "arguments":
        return marked("the request itself")
    if read.name in {"contact.quiet", "halted"}:
        return marked("our own systems")
    actions = release.actions if release is not None else {}
    asked = head == "facts" and any(each in actions for each in read.source.split(", "))
    if asked or (not read.source and read.name in facts and facts[read.name].reads):
        return marked("our own systems, asked for this decision")
    return marked("our records")


def _first(text: str) -> str:
    """Return the first sentence of a description."""
    return text.partition(". ")[0].strip()
