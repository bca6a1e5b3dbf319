"""Which commands of a history came from outside, and which the platform gave itself."""

from collections.abc import Callable
from typing import Any

from xop.kernel.commands import Command, Merge, Reconsideration, Review

_OWN = frozenset({"trigger", "journey", "decision_set", "system"})
"""Kinds of actors that act for the platform itself; a command without any actor is the platform's own too."""

_EXCEPTIONS: dict[type, Callable[[Any], bool]] = {
    Merge: lambda _merge: True,  # a rule's merge stands: who is whom is not asked again
    Review: lambda review: bool(review.published),  # a publication asks for it, and no step before it
    Reconsideration: lambda again: bool(again.published),  # likewise
}
"""Kinds of commands of which the actor does not say whether they came from outside, and what does."""


def from_outside(command: Command) -> bool:
    """Say whether a command came from outside, so that it comes again whatever release rules."""
    exception = _EXCEPTIONS.get(type(command))
    if exception is not None:
        return exception(command)
    actor = getattr(command, "actor", None)
    return actor is not None and actor.kind not in _OWN
