"""What a counterfactual may speak of, and what of it tells people most."""

from collections.abc import Mapping

_GIVEN = frozenset(
    {
        "stage",
        "kind",
        "risk",
        "promotional",
        "purpose",
        "channel",
        "unknown",
        "duties",
        "consent.code",
        "consent.basis",
        "contact.suppressed",
        "assurance.required",
        "assurance.method",
        "disclosure.needed",
        "notice.needed",
        "system.names",
        "system.annex_iii",
        "system.assessment_needed",
    }
)
"""What a decision is about, and what follows from other values: it could not have been otherwise on its own."""

GRANTS = 4
"""From here on it is about what somebody may do at all, rather than about the customer and the case."""

_RANKS: Mapping[str, int] = {
    "consent": 0,
    "contact": 0,
    "approved": 0,
    "assurance": 0,
    "halted": 3,
    "disclosure": 0,
    "notice": 0,
    "care": 1,
    "facts": 1,
    "intents": 1,
    "arguments": 1,
    "flags": 2,
    "actor.engaged": 1,
    "actor.with_people": 1,
    "actor.within_budget": 2,
    "contact.addressable": 1,
    "scores": 1,
    "arm": 1,
}


def may_differ(path: str) -> bool:
    """Say whether a value could have been otherwise and the decision still be about the same."""
    return path not in _GIVEN


def rank(path: str) -> int:
    """Return how much a change of a value tells; 0 the most."""
    return _RANKS.get(path, _RANKS.get(path.partition(".")[0], GRANTS))
