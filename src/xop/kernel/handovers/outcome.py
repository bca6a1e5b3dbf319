"""Outcomes of handovers: any word of a person's, but for those that have a meaning."""

from collections.abc import Container

from xop.kernel.handovers.model import NOBODY, PROMISED, RESOLVED


def meant(outcome: str, known: Container[str]) -> str:
    """Return the meaningful word that an outcome looks like a slip of; empty when it is that word, or another.

    Words that journeys go by are `known`, and are no slips. One letter more, less, other or exchanged with its
    neighbour is a slip, and so is the case of letters.
    """
    words = (RESOLVED, PROMISED, NOBODY)
    if outcome in words or outcome in known:
        return ""
    plain = outcome.strip().casefold()
    return next((word for word in words if _is_slip(plain, word)), "")


def _is_slip(one: str, other: str) -> bool:
    """Say whether one edit, or none, leads from one word to another."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, wanted = one[same:], other[same:]
    exchanged = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return exchanged or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]
