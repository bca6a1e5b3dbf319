"""The explanation of a choice: what won, how each of the others lost, and how the priorities came about."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from xop.kernel.base.phrase import Phrase, marked, phrase, point
from xop.kernel.choices.considered import ARBITRATED, Considered
from xop.kernel.decisions.model import Decision

_FELL: Mapping[str, str] = marked(
    {
        "eligible": "{name}: the customer is not eligible.",
        "applicable": "{name}: it does not apply now.",
        "suitable": "{name}: it is not suitable for the customer.",
        "treatment": "{name}: no treatment's condition holds.",
        "arguments": "{name}: its arguments do not fit the action.",
        "arbiter": "{name}: denied by the rule {reason}.",
        "held": "{name}: it would have to wait, by the rule {reason}.",
        "value": "{name}: its priority cannot be reckoned.",
    }
)
"""Before any ranking."""

_FELL_BECAUSE: Mapping[str, str] = marked(
    {
        "eligible": "{name}: the customer is not eligible: {reason}.",
        "applicable": "{name}: it does not apply now: {reason}.",
        "suitable": "{name}: it is not suitable for the customer: {reason}.",
        "treatment": "{name}: no treatment's condition holds: {reason}.",
        "arguments": "{name}: its arguments do not fit the action: {reason}.",
        "value": "{name}: its priority cannot be reckoned: {reason}.",
    }
)
"""The same where more is known of it."""

_RANKED: Mapping[str, str] = marked(
    {
        "": "{name}: rank {rank}, priority {reckoned}; chosen.",
        "holdout": "{name}: rank {rank}, priority {reckoned}; nothing is done in the holdout.",
        "floor": "{name}: rank {rank}, priority {reckoned}; its priority is not above that of doing nothing.",
        "outranked": "{name}: rank {rank}, priority {reckoned}; outranked.",
    }
)

_RECKONED = marked(
    "{context} (context) x {lever} (levers) x ({propensity} (propensity) x {value} (value) - {cost} (cost)) = {priority}"
)


def candidates_told(decision: Decision) -> list[dict[str, Any]]:
    """Return every candidate of a choice as JSON-like data, the winner first."""
    return [_told(each) for each in decision.candidates]


def choice_told(decision: Decision) -> Iterator[Phrase]:
    """Yield a choice in plain language, line by line; candidates are points."""
    winner = next((each for each in decision.candidates if not each.fell), None)
    places = {"kind": phrase(decision.actor.kind), "actor": decision.actor.id, "set": decision.decision_set}
    asked = phrase("The {kind} {actor} asked the decision set {set} what to do next", **places)
    if winner is None:
        yield phrase("{asked}; it chose nothing.", asked=asked)
    else:
        yield phrase(
            "{asked}; it chose {name} by {treatment}.", asked=asked, name=winner.name, treatment=winner.treatment
        )
    if decision.arm != "business":
        yield phrase("The customer is in the control group `{arm}`.", arm=decision.arm)
    probability = f"{decision.probability:.4g}"
    yield phrase("Given all but chance, this choice had a probability of {probability}.", probability=probability)
    yield from (point(_line(each)) for each in decision.candidates)


def _line(each: Considered) -> Phrase:
    name: Any = each.name
    if each.treatment:
        name = phrase("{name} by {treatment}", name=each.name, treatment=each.treatment)
    if each.fell not in ARBITRATED:
        known = _FELL_BECAUSE if each.reason and each.fell in _FELL_BECAUSE else _FELL
        return phrase(known[each.fell], name=name, reason=each.reason)
    exact = {name: f"{getattr(each, name):g}" for name in ("context", "lever", "value", "cost")}
    rounded = {name: f"{getattr(each, name):.4g}" for name in ("propensity", "priority")}
    return phrase(_RANKED[each.fell], name=name, rank=each.rank, reckoned=phrase(_RECKONED, **exact, **rounded))


def _told(each: Considered) -> dict[str, Any]:
    """Numbers are left out for what never had any."""
    told: dict[str, Any] = msgspec.to_builtins(each)
    if each.fell in ARBITRATED:
        return {**told, **{name: getattr(each, name) for name in each.__struct_fields__}}
    return {"name": each.name, "fell": each.fell, **told}
