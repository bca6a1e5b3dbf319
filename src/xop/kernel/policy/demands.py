"""What rules ask of an approval, in a form that is the same exactly where they ask the same."""

from collections.abc import Iterable

from msgspec import Struct

from xop.kernel.base.spans import milliseconds
from xop.kernel.policy.model import Terms

Ask = tuple[str, Terms]
"""The role that is to approve, and on what terms."""

Way = tuple[str, str, int]
"""The role that is to approve, the one that may take over, and after how many milliseconds."""


class Demands(Struct, frozen=True):
    """What several holds ask together; spans are milliseconds, 0 for none."""

    people: dict[Way, int]
    """How many people must approve, by who they are to be."""
    deadline: int
    reminder: int


def way(ask: Ask) -> Way:
    """Return who is to approve."""
    role, terms = ask
    return role, terms.escalate_to, length(terms.escalate_after)


def length(span: str) -> int:
    """Return the milliseconds of a span that may be left out."""
    return milliseconds(span) if span else 0


def demands(asks: Iterable[Ask]) -> Demands:
    """Return what some holds ask together."""
    people: dict[Way, int] = {}
    every = tuple(asks)
    for ask in every:
        people[way(ask)] = max(ask[1].people, people.get(way(ask), 0))
    return Demands(
        people,
        _shortest(terms.deadline for _, terms in every),
        _shortest(terms.reminder for _, terms in every),
    )


def _shortest(spans: Iterable[str]) -> int:
    return min((length(span) for span in spans if span), default=0)
