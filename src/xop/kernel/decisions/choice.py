"""The explanation of a choice: what won, how each of the others lost, and how the priorities came about."""

from collections.abc import Iterator
from typing import Any

import msgspec

from xop.kernel.choices.considered import ARBITRATED, Considered
from xop.kernel.decisions.model import Decision

_FELL = {
    "eligible": "the customer is not eligible",
    "applicable": "it does not apply now",
    "suitable": "it is not suitable for the customer",
    "treatment": "no treatment's condition holds",
    "arguments": "its arguments do not fit the action",
    "arbiter": "denied by the rule {reason}",
    "held": "it would have to wait, by the rule {reason}",
    "value": "its priority cannot be reckoned",
    "holdout": "nothing is done in the holdout",
    "floor": "its priority is not above that of doing nothing",
    "outranked": "outranked",
}

_RULED = ("arbiter", "held")


def candidates_told(decision: Decision) -> list[dict[str, Any]]:
    """Return every candidate of a choice as JSON-like data, the winner first."""
    return [_told(each) for each in decision.candidates]


def choice_told(decision: Decision) -> Iterator[str]:
    """Yield a choice in plain language, line by line."""
    winner = next((each for each in decision.candidates if not each.fell), None)
    chosen = f"{winner.name} by {winner.treatment}" if winner is not None else "nothing"
    asked = (
        f"The {decision.actor.kind} {decision.actor.id} asked the decision set {decision.decision_set} what to do next"
    )
    yield f"{asked}; it chose {chosen}."
    if decision.arm != "business":
        yield f"The customer is in the control group `{decision.arm}`."
    yield f"Given all but chance, this choice had a probability of {decision.probability:.4g}."
    for each in decision.candidates:
        yield f"  - {_line(each)}"


def _line(each: Considered) -> str:
    name = f"{each.name} by {each.treatment}" if each.treatment else each.name
    if each.fell not in ARBITRATED:
        reason = f": {each.reason}" if each.reason and each.fell not in _RULED else ""
        return f"{name}: {_FELL[each.fell].format(reason=each.reason)}{reason}."
    reckoned = (
        f"{each.context:g} (context) x {each.lever:g} (levers) x "
        f"({each.propensity:.4g} (propensity) x {each.value:g} (value) - {each.cost:g} (cost)) = {each.priority:.4g}"
    )
    end = "chosen" if not each.fell else _FELL[each.fell]
    return f"{name}: rank {each.rank}, priority {reckoned}; {end}."


def _told(each: Considered) -> dict[str, Any]:
    """Numbers are left out for what never had any."""
    told: dict[str, Any] = msgspec.to_builtins(each)
    if each.fell in ARBITRATED:
        return {**told, **{name: getattr(each, name) for name in each.__struct_fields__}}
    return {"name": each.name, "fell": each.fell, **told}
