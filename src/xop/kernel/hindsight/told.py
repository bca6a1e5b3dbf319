"""Counterfactuals in plain language: to whoever looks into a decision, and to the customer it is about."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.model import Change, Counterfactual
from xop.kernel.hindsight.recorded import ARGUMENTS, ARM, FACTS, SCORES
from xop.kernel.hindsight.voice import on_channel, sentence, words

_WOULD: Mapping[str, tuple[str, str]] = {
    "permit": ("this would have been permitted", "it would have been allowed"),
    "hold": ("this would have waited", "it would have had to wait"),
    "deny": ("this would have been denied", "it would have been refused"),
}
"""Said to others, and to the customer; so are all pairs here."""

_PHRASES: Mapping[str, tuple[str, str]] = {
    "contact.do_not_contact": (
        "had the customer {no}asked not to be contacted",
        "if you had {no}asked us not to contact you",
    ),
    "contact.capped": (
        "had the customer been contacted as often as allowed already",
        "if we had already contacted you as often as we allow ourselves",
    ),
    "!contact.capped": ("had the customer been contacted less of late", "if you had heard from us less often lately"),
    "contact.quiet": (
        "had it {no}been a quiet hour where the customer is",
        "if it had {no}been a quiet hour where you are",
    ),
    "contact.addressable": (
        "had there {no}been an address to reach the customer at",
        "if we {no}had an address of yours that we may use for this",
    ),
    "approved": ("had {approvers} approved", "if one of our staff had approved it"),
    "!approved": ("had nobody approved", "if none of our staff had approved it"),
    "actor.granted": (
        "had the action {no}been granted to {actor}",
        "if whoever asked had {no}been given the right to do this",
    ),
    "actor.purpose_allowed": (
        "had {actor} {no}been allowed to pursue {purpose}",
        "if whoever asked had {no}been allowed to act for this purpose",
    ),
    "actor.engaged": (
        "had {actor} {no}been in a conversation or task with the customer",
        "if whoever asked had {no}been in a conversation with you",
    ),
    "actor.with_people": (
        "had the conversation {no}been with people",
        "if one of our staff had {no}been talking with you",
    ),
    "actor.within_budget": (
        "with something left of the budget of {actor}",
        "if less had been done for you already in this time",
    ),
    "!actor.within_budget": (
        "with nothing left of the budget of {actor}",
        "if as much had been done for you already as we allow in this time",
    ),
    "halted": ("had it {no}been halted", "if we had {no}stopped such actions at that time"),
    "disclosure.made": (
        "had the customer {no}been told that they deal with an AI, and on whose behalf it acts",
        "if you had {no}been told first that you deal with an AI",
    ),
    "notice.given": (
        "had the customer {no}been told that a high-risk AI system takes part",
        "if you had {no}been told first that an AI system takes part in this",
    ),
    "system.assessed": (
        "had the impact of the AI system on fundamental rights {no}been assessed",
        "if we had {no}assessed what the AI system means for people's rights",
    ),
    "system.registered": (
        "had an AI system of the register {no}answered for it",
        "if the AI system had {no}been in our register",
    ),
    ARM: ("had the customer been in no control group", "if you had not been in a comparison group"),
}
"""What the platform's own rules read, when it holds; with `!` when it does not, where `{no}` is not enough."""

_CARE: Mapping[str, tuple[str, str]] = {
    "support": ("an open support case", "an open support case"),
    "complaint": ("an open complaint", "an open complaint"),
    "vulnerable": ("being marked as vulnerable", "a note that you need special care"),
}

_COUNTED: Mapping[str, str] = {"how often ": "the number of times ", "how many ": "the number of "}
"""How descriptions of numbers begin, and what they are called."""


def counterfactual_told(found: Counterfactual, decision: Decision) -> str:
    """Return one counterfactual as a sentence."""
    conditions = " and ".join(_phrase(change, decision) for change in found.changes)
    then = _WOULD[found.verdict][0] if decision.stage != "choice" else f"{found.chosen} would have been chosen"
    return sentence(f"{conditions}, {then}")


def counterfactual_to_customer(
    found: Counterfactual,
    decision: Decision,
    purpose: str,
    facts: Mapping[str, str] = MappingProxyType({}),
    *,
    by_consent: bool = True,
) -> str:
    """Return one counterfactual as a sentence that is said to the customer, without anybody's data.

    `facts` are descriptions of facts by path, as they are said to the customer; `by_consent` says whether the purpose asks
    for consent, rather than only heeding objections.
    """
    conditions = []
    for change in found.changes:
        if change.path == "consent.permitted":
            by = f" {on_channel(decision.channel)}" if decision.channel else ""
            said = "agreed" if by_consent else "objected"
            conditions.append(f"if you had {'' if bool(change.would) is by_consent else 'not '}{said} to {purpose}{by}")
        else:
            conditions.append(_phrase_to_customer(change, facts))
    then = _WOULD[found.verdict][1] if decision.stage != "choice" else f"we would have chosen “{words(found.chosen)}”"
    return sentence(f"{' and '.join(conditions)}, {then}")


def counterfactual_data(found: Counterfactual, decision: Decision) -> dict[str, Any]:
    """Return one counterfactual as JSON-like data."""
    return {
        "changes": [{"name": each.path, "was": each.was, "would": each.would} for each in found.changes],
        "verdict": found.verdict,
        "code": found.code,
        **({"chosen": found.chosen} if found.chosen else {}),
        "story": counterfactual_told(found, decision),
    }


def _phrase(change: Change, decision: Decision) -> str:
    path, would, was = change.path, change.would, change.was
    if path == "consent.permitted":
        on = f" on {decision.channel}" if decision.channel else ""
        return f"{'with' if would else 'without'} a legal basis for {decision.purpose}{on}, such as consent"
    known = _known(change, 0)
    if known:
        approvers = f"the role {' and the role '.join(decision.approvers)}" if decision.approvers else "somebody"
        actor = f"the {decision.actor.kind} {decision.actor.id}"
        no = "" if would else "not "
        return known.format(purpose=decision.purpose, actor=actor, approvers=approvers, no=no)
    if path == "assurance.level":
        return f"with an identity verified to level {would} (it was {was})" if would else "without a verified identity"
    if path.startswith(SCORES):
        return f"with a propensity of {would:g} for {path.removeprefix(SCORES).strip('.')} (it was {was:g})"
    return _value(change)


def _value(change: Change) -> str:
    name, would, was = _name(change.path), change.would, change.was
    if was is None:
        return f"had {name} been known, and been {would!r}"
    if would is None:
        return f"without {name}"
    if isinstance(would, bool):
        return f"had {name} been {'true' if would else 'false'}"
    if isinstance(would, list) and isinstance(was, list):
        more, less = _differing(change)
        said = [f"with {', '.join(map(repr, more))} among {name}"] if more else []
        said += [f"without {', '.join(map(repr, less))} among {name}"] if less else []
        return " and ".join(said)
    return f"with {name} {repr(would) if would != '' else 'empty'} instead of {was!r}"


def _phrase_to_customer(change: Change, facts: Mapping[str, str]) -> str:
    path, would = change.path, change.would
    known = _known(change, 1)
    if known:
        return known.format(no="" if would else "not ")
    if path == "assurance.level":
        less = "been checked less strongly" if would else "not been checked"
        return f"if your identity had {'been checked more strongly' if would > change.was else less}"
    if path.startswith(SCORES):
        candidate = words(path.removeprefix(SCORES).partition(".")[0])
        return f"if our estimate of how well “{candidate}” suits you had been higher"
    if path in {"flags", "intents"}:
        return _note_to_customer(change)
    described = facts.get(path)
    return _fact_to_customer(change, described) if described else _value_to_customer(change)


def _note_to_customer(change: Change) -> str:
    """What customers want is what they seem to want; of lists that are no words of the platform nothing is named."""
    verb = "thought that you want to" if change.path == "intents" else "had a note of"
    more, less = (" and ".join(f"“{words(each)}”" for each in names) for names in _differing(change))
    said = [f"if we had {verb} {more}"] if more else []
    said += [f"if we had not {verb} {less}"] if less else []
    return " and ".join(said)


def _fact_to_customer(change: Change, described: str) -> str:
    """Descriptions say what is so as `whether`, and how much as `how` or `what`."""
    described, would = described[:1].lower() + described[1:].rstrip("."), change.would
    unknown = "if we had been able to find out "
    if isinstance(would, bool) and described.startswith("whether "):
        case = f"it had {'' if would else 'not '}been true that {described.removeprefix('whether ')}"
        return f"{unknown}{described}, and {case}" if change.was is None else f"if {case}"
    if type(would) is not int:
        return (
            f"{unknown}{described}" if change.was is None else f"if we had found something else about this: {described}"
        )
    cents = described.endswith(", in cents")
    described = described.removesuffix(", in cents")
    if change.was is None:
        return f"{unknown}{described}, and it had been {_number(would, cents=cents)}"
    start = next((each for each in _COUNTED if described.startswith(each)), "")
    named = _COUNTED.get(start, "") + described.removeprefix(start)
    return f"if {named if start or described.startswith('what ') else f'“{described}”'} {_bound(change, cents=cents)}"


def _value_to_customer(change: Change) -> str:
    name, would = words(_name(change.path)), change.would
    ours = change.path.startswith(FACTS)
    if change.was is None:
        so = ", and it had not been so" if would is False else ""
        return f"if {'we had been able to find out' if ours else 'the request had said'} something about “{name}”{so}"
    if isinstance(would, bool):
        return f"if {'we had found' if ours else 'the request had said'} {'' if would else 'no '}“{name}”"
    if type(would) is int and type(change.was) is int:
        cents = name.endswith(" cents")
        return f"if the {name.removesuffix(' cents')} {_bound(change, cents=cents)}"
    other = "others" if isinstance(would, list) else "another one"
    return f"if the {name} had been {'left out' if would is None else other}"


def _bound(change: Change, *, cents: bool) -> str:
    least = "at least" if change.would > change.was else "at most"
    return f"had been {least} {_number(change.would, cents=cents)} (it was {_number(change.was, cents=cents)})"


def _number(value: int, *, cents: bool) -> str:
    return f"{value / 100:.2f}" if cents else str(value)


def _known(change: Change, voice: int) -> str:
    """Return the platform's own phrase for a change; empty for what a workspace declares."""
    path, would = change.path, change.would
    if path == "contact.suppressed_by":
        more, less = ([_CARE.get(each, (each, each))[voice] for each in names] for names in _differing(change))
        return " and ".join([*(f"with {each}" for each in more), *(f"without {each}" for each in less)])
    if path.startswith("care.") and isinstance(would, bool):
        there = _CARE.get(path.removeprefix("care."), ("that circumstance", "that circumstance"))[voice]
        return f"{'with' if would else 'without'} {there}"
    pair = (None if would else _PHRASES.get(f"!{path}")) or _PHRASES.get(path)
    return pair[voice] if pair is not None else ""


def _differing(change: Change) -> tuple[list[str], list[str]]:
    """Return what would be in a list besides, and what would not be in it any more."""
    was, would = change.was or (), change.would or ()
    return [each for each in would if each not in was], [each for each in was if each not in would]


def _name(path: str) -> str:
    return path.removeprefix(FACTS).removeprefix(ARGUMENTS)
