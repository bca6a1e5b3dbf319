"""Counterfactuals in plain language."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.counterfactual import Change, Counterfactual

_WOULD = {
    "permit": "this would have been permitted",
    "hold": "this would have waited",
    "deny": "this would have been denied",
}

_PHRASES: Mapping[tuple[str, Any], str] = {
    ("consent.permitted", True): "with a legal basis for {purpose}{channel}, such as consent",
    ("consent.permitted", False): "without a legal basis for {purpose}{channel}, such as consent",
    ("contact.do_not_contact", True): "had the customer asked not to be contacted",
    ("contact.do_not_contact", False): "had the customer not asked not to be contacted",
    ("contact.capped", True): "had the customer been contacted as often as allowed already",
    ("contact.capped", False): "had the customer been contacted less of late",
    ("contact.quiet", True): "within the customer's quiet hours",
    ("contact.quiet", False): "outside the customer's quiet hours",
    ("contact.suppressed", True): "during a complaint, a support case or a time of need",
    ("contact.suppressed", False): "without an open complaint, support case or time of need",
    ("contact.addressable", True): "with an address to reach the customer at",
    ("actor.granted", True): "had the action been granted to {actor}",
    ("actor.granted", False): "had the action not been granted to {actor}",
    ("actor.purpose_allowed", True): "had {actor} been allowed to pursue {purpose}",
    ("actor.engaged", True): "had {actor} been in a conversation or task with the customer",
    ("actor.with_people", False): "had the conversation not been with people",
    ("actor.within_budget", True): "with something left of the budget of {actor}",
    ("halted", True): "had it been halted",
    ("halted", False): "had nothing been halted",
    ("care.complaint", False): "without an open complaint",
    ("care.support", False): "without an open support case",
    ("care.vulnerable", False): "had the customer not been marked as vulnerable",
}
"""What the platform's own rules read, said as a person would."""


def counterfactual_told(found: Counterfactual, decision: Decision) -> str:
    """Return one counterfactual as a sentence."""
    conditions = " and ".join(_phrase(change, decision) for change in found.changes)
    return f"{conditions[:1].upper()}{conditions[1:]}, {_WOULD[found.verdict]}."


def counterfactual_data(found: Counterfactual, decision: Decision) -> dict[str, Any]:
    """Return one counterfactual as JSON-like data."""
    return {
        "changes": [{"name": each.path, "was": each.was, "would": each.would} for each in found.changes],
        "verdict": found.verdict,
        "code": found.code,
        "story": counterfactual_told(found, decision),
    }


def _phrase(change: Change, decision: Decision) -> str:
    known = _PHRASES.get((change.path, change.would)) if isinstance(change.would, bool) else None
    if known is not None:
        on = f" on {decision.channel}" if decision.channel else ""
        actor = f"the {decision.actor.kind} {decision.actor.id}"
        return known.format(purpose=decision.purpose, channel=on, actor=actor)
    if change.path == "assurance.level":
        return _assurance(change)
    if isinstance(change.would, list):
        return _set(change)
    name = change.path.removeprefix("facts.").replace("_", " ")
    if isinstance(change.would, bool):
        return f"had it {'' if change.would else 'not '}been the case that {name}"
    told = f"{change.would!r}" if change.would != "" else "empty"
    return f"with {name} {told} instead of {change.was!r}"


def _assurance(change: Change) -> str:
    if change.would == 0:
        return "without a verified identity"
    return f"with an identity verified to level {change.would} (it was {change.was})"


def _set(change: Change) -> str:
    more = [each for each in change.would if each not in change.was]
    less = [each for each in change.was if each not in change.would]
    name = change.path.replace("_", " ")
    words = [f"with {', '.join(map(repr, more))} among {name}"] if more else []
    words += [f"without {', '.join(map(repr, less))} among {name}"] if less else []
    return " and ".join(words)
