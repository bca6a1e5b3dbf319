"""Which portions of a customer's picture facts have changed, so that only what reads them is asked again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xop.kernel import facts as f
from xop.kernel.picture import Portion


def portions_touched(facts: Sequence[f.Fact]) -> frozenset[Portion]:
    """Return the portions of the picture that may look different after some facts."""
    return frozenset(_PORTIONS[type(fact)](fact) for fact in facts if type(fact) in _PORTIONS)


def watched(portions: Mapping[str, frozenset[str]], facts: Sequence[f.Fact]) -> bool:
    """Say whether facts touch one of some portions, given as names by section; the empty name is all of it."""
    for fact in facts:
        portion = _PORTIONS.get(type(fact))
        if portion is not None:
            section, name = portion(fact)
            names = portions.get(section)
            if names is not None and (not name or "" in names or name in names):
                return True
    return False


def _all(section: str) -> Callable[[Any], Portion]:
    return lambda _fact: (section, "")


_PORTIONS: dict[type, Callable[[Any], Portion]] = {
    f.CustomerCreated: _all("id"),
    f.ProfileChanged: lambda fact: ("profile", fact.field.partition(".")[0]),
    f.CounterAdvanced: lambda fact: ("counters", fact.counter),
    f.FlagRaised: _all("flags"),
    f.FlagCleared: _all("flags"),
    f.IdentifierLinked: _all("identifiers"),
    f.ConversationOpened: _all("conversations"),
    f.ConversationClosed: _all("conversations"),
    f.IntentOpened: _all("intents"),
    f.IntentAttempted: _all("intents"),
    f.IntentResolved: _all("intents"),
    f.IntentConfirmed: _all("intents"),
    f.IntentAbandoned: _all("intents"),
    f.IntentReturned: _all("intents"),
    f.PromiseMade: _all("promises"),
    f.PromiseKept: _all("promises"),
    f.PromiseBroken: _all("promises"),
    f.SegmentEntered: _all("segments"),
    f.SegmentLeft: _all("segments"),
    f.RunEntered: _all("journeys"),
    f.RunEnded: _all("journeys"),
}
