"""Counterfactuals in plain language, to the customer they are about: without anybody's data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from xop.kernel.base.phrase import Phrase, joined, marked, opening, phrase, verbatim
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.conditions import CUSTOMER, condition, differing
from xop.kernel.hindsight.model import Change, Counterfactual
from xop.kernel.hindsight.recorded import ARGUMENTS, FACTS, SCORES
from xop.kernel.hindsight.voice import on_channel, quoted, words

_WOULD: Mapping[str, str] = marked(
    {
        "permit": "{conditions}, it would have been allowed.",
        "hold": "{conditions}, it would have had to wait.",
        "deny": "{conditions}, it would have been refused.",
    }
)

_CONSENT: Mapping[tuple[bool, bool, bool], str] = {
    (True, True, True): marked("if you had agreed to {purpose} {channel}"),
    (True, True, False): marked("if you had agreed to {purpose}"),
    (True, False, True): marked("if you had not agreed to {purpose} {channel}"),
    (True, False, False): marked("if you had not agreed to {purpose}"),
    (False, True, True): marked("if you had not objected to {purpose} {channel}"),
    (False, True, False): marked("if you had not objected to {purpose}"),
    (False, False, True): marked("if you had objected to {purpose} {channel}"),
    (False, False, False): marked("if you had objected to {purpose}"),
}
"""By whether the purpose asks for consent, whether it would be permitted, and whether it is about a channel."""

_COUNTED: Mapping[str, str] = {
    "how often ": marked("the number of times {what}"),
    "how many ": marked("the number of {what}"),
}
"""How descriptions of numbers begin, and what they are called."""

_AT_LEAST = marked("if {what} had been at least {would} (it was {was})")
_AT_MOST = marked("if {what} had been at most {would} (it was {was})")

_FOUND: Mapping[tuple[bool, bool], str] = {
    (True, False): marked("if we had been able to find out something about “{name}”"),
    (True, True): marked("if we had been able to find out something about “{name}”, and it had not been so"),
    (False, False): marked("if the request had said something about “{name}”"),
    (False, True): marked("if the request had said something about “{name}”, and it had not been so"),
}
"""By whether we find it out ourselves, and whether it would not be so."""

_FLAGGED: Mapping[tuple[bool, bool], str] = {
    (True, True): marked("if we had found “{name}”"),
    (True, False): marked("if we had found no “{name}”"),
    (False, True): marked("if the request had said “{name}”"),
    (False, False): marked("if the request had said no “{name}”"),
}
"""By whether we find it out ourselves, and whether it would be so."""


def counterfactual_to_customer(
    found: Counterfactual,
    decision: Decision,
    purpose: str,
    facts: Mapping[str, str] = MappingProxyType({}),
    *,
    by_consent: bool = True,
) -> Phrase:
    """Return one counterfactual as a sentence that is said to the customer; it leaves open the place `{asker}`.

    `facts` are descriptions of facts by path, as they are said to the customer; `by_consent` says whether the purpose asks
    for consent, rather than only heeding objections.
    """
    said = []
    for change in found.changes:
        if change.path == "consent.permitted":
            consent = _CONSENT[by_consent, bool(change.would), bool(decision.channel)]
            channel = on_channel(decision.channel) if decision.channel else ""
            said.append(phrase(consent, purpose=verbatim(purpose), channel=channel))
        else:
            said.append(_condition(change, facts))
    conditions = joined(said, "{one} and {other}")
    if decision.stage == "choice":
        chosen = words(found.chosen)
        return opening(phrase("{conditions}, we would have chosen “{chosen}”.", conditions=conditions, chosen=chosen))
    return opening(phrase(_WOULD[found.verdict], conditions=conditions))


def _condition(change: Change, facts: Mapping[str, str]) -> Any:
    path, would = change.path, change.would
    known = condition(change, CUSTOMER)
    if known not in (None, ""):
        return known
    if path == "assurance.level":
        if would > change.was:
            return phrase("if your identity had been checked more strongly")
        less = marked("if your identity had been checked less strongly")
        return phrase(less if would else marked("if your identity had not been checked"))
    if path.startswith(SCORES):
        candidate = words(path.removeprefix(SCORES).partition(".")[0])
        return phrase("if our estimate of how well “{candidate}” suits you had been higher", candidate=candidate)
    if path in {"flags", "intents"}:
        return _note(change)
    described = facts.get(path)
    return _fact(change, described[:1].lower() + described[1:].rstrip(".")) if described else _value(change)


def _note(change: Change) -> Any:
    """What customers want is what they seem to want; of lists that are no words of the platform nothing is named."""
    thought = change.path == "intents"
    more, less = map(quoted, differing(change))
    there = marked("if we had thought that you want to {what}") if thought else marked("if we had had a note of {what}")
    gone = (
        marked("if we had not thought that you want to {what}")
        if thought
        else marked("if we had not had a note of {what}")
    )
    said = [phrase(template, what=what) for template, what in ((there, more), (gone, less)) if what != ""]
    return joined(said, "{one} and {other}")


def _fact(change: Change, described: str) -> Phrase:
    """Descriptions say what is so as `whether`, and how much as `how` or `what`."""
    would, unknown = change.would, change.was is None
    if isinstance(would, bool) and described.startswith("whether "):
        return _whether(change, described)
    if type(would) is not int:
        if unknown:
            return phrase("if we had been able to find out {what}", what=verbatim(described))
        return phrase("if we had found something else about this: {what}", what=verbatim(described))
    cents = described.endswith(", in cents")
    described = described.removesuffix(", in cents")
    if unknown:
        amount = _number(would, cents=cents)
        return phrase(
            "if we had been able to find out {what}, and it had been {would}", what=verbatim(described), would=amount
        )
    start = next((each for each in _COUNTED if described.startswith(each)), "")
    if start:
        return _bound(change, phrase(_COUNTED[start], what=verbatim(described.removeprefix(start))), cents=cents)
    return _bound(
        change,
        verbatim(described) if described.startswith("what ") else phrase("“{name}”", name=verbatim(described)),
        cents=cents,
    )


def _whether(change: Change, described: str) -> Phrase:
    so = verbatim(described.removeprefix("whether "))
    if change.was is not None:
        true = marked("if it had been true that {so}")
        return phrase(true if change.would else marked("if it had not been true that {so}"), so=so)
    true = marked("if we had been able to find out {what}, and it had been true that {so}")
    false = marked("if we had been able to find out {what}, and it had not been true that {so}")
    return phrase(true if change.would else false, what=verbatim(described), so=so)


def _value(change: Change) -> Phrase:
    ours, would = change.path.startswith(FACTS), change.would
    name = words(change.path.removeprefix(FACTS).removeprefix(ARGUMENTS))
    if change.was is None:
        return phrase(_FOUND[ours, would is False], name=name)
    if isinstance(would, bool):
        return phrase(_FLAGGED[ours, would], name=name)
    if type(would) is int and type(change.was) is int:
        cents = name.endswith(" cents")
        return _bound(change, phrase("the {name}", name=name.removesuffix(" cents")), cents=cents)
    if would is None:
        return phrase("if the {name} had been left out", name=name)
    others = marked("if the {name} had been others")
    return phrase(others if isinstance(would, list) else marked("if the {name} had been another one"), name=name)


def _bound(change: Change, what: Any, *, cents: bool) -> Phrase:
    would, was = _number(change.would, cents=cents), _number(change.was, cents=cents)
    return phrase(_AT_LEAST if change.would > change.was else _AT_MOST, what=what, would=would, was=was)


def _number(value: int, *, cents: bool) -> Any:
    if not cents:
        return value
    whole, _, rest = f"{value / 100:.2f}".partition(".")
    return phrase("{whole}.{hundredths}", whole=whole, hundredths=rest)
