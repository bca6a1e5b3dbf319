"""Projections: as much of a packet as fits into a budget of bytes, the most important first."""

from collections.abc import Iterator
from typing import Any

import msgspec

from xop.kernel.base.json import canonical
from xop.kernel.handovers.packet import Packet

_HEAD = ("handover", "customer", "queue", "status", "urgent", "number", "at", "handed_over_at", "handed_over_by")

_IMPORTANCE = (
    "intent",
    "summary",
    "identity",
    "barred",
    "promises",
    "next",
    "tried",
    "circumstances",
    "identifiers",
    "transcript",
    "conversation",
    "missing",
    "left_out",
    "language",
    "consents",
)
"""What is kept first; of lists the first few elements come before the rest of any."""

_FIRST = 3
"""Elements of a list that count as important as the list itself."""

_ROUNDS = 4

_ELLIPSIS = "…"


def project(packet: Packet, budget: int, link: str = "") -> bytes:
    """Return a packet as canonical JSON of at most `budget` bytes of UTF-8.

    Where something had to be left out, `rest` names it and holds the link behind which the whole packet is.
    """
    whole = canonical(packet)
    if len(whole) <= budget:
        return whole
    parts: dict[str, Any] = msgspec.json.decode(whole)
    for held in (link, ""):
        fitting = _with_rest(parts, budget, held)
        if fitting is not None:
            return fitting
    return b"{}" if budget > 1 else b""


def _with_rest(parts: dict[str, Any], budget: int, link: str) -> bytes | None:
    """Return what fits beside the names of what does not; None when not even those fit.

    Room is first left for every name. What that leaves unused is tried again, as long as the result fits.
    """
    best, cut = None, sorted(parts)
    for _ in range(_ROUNDS):
        room = budget - len(canonical(_rest(cut, link))) - 1
        if room < 0:
            break
        kept = _kept(parts, room)
        left = sorted(name for name in parts if kept.get(name) != parts[name])
        told = canonical({**kept, **_rest(left, link)})
        if len(told) > budget:
            break
        best = told
        if left == cut:
            break
        cut = left
    return best


def _rest(cut: list[str], link: str) -> dict[str, Any]:
    return {"rest": {"cut": cut, "link": link} if link else {"cut": cut}}


def _kept(parts: dict[str, Any], room: int) -> dict[str, Any]:
    """Return what of the parts fits into some bytes; every part is counted with its name, colon and comma."""
    kept: dict[str, Any] = {}
    for name, value in _pieces(parts):
        listed = isinstance(parts[name], list)
        overhead = 1 if listed and name in kept else len(canonical(name)) + 2 + 2 * listed
        piece = _shortened(value, room - overhead) if name == "summary" else value
        cost = overhead + len(canonical(piece))
        if cost > room or piece == "":
            continue
        room -= cost
        if listed:
            kept.setdefault(name, []).append(piece)
        else:
            kept[name] = piece
    return kept


def _pieces(parts: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the parts, lists element by element, in the order of importance."""
    for name in (*_HEAD, *_IMPORTANCE):
        value = parts.get(name)
        for each in value[:_FIRST] if isinstance(value, list) else () if value is None else (value,):
            yield name, each
    for name in _IMPORTANCE:
        value = parts.get(name)
        for each in value[_FIRST:] if isinstance(value, list) else ():
            yield name, each


def _shortened(text: str, room: int) -> str:
    """Return a text as it is, or its beginning, so that it leaves half of the room for everything else."""
    most = room // 2
    if len(canonical(text)) <= most:
        return text
    least, longest = 0, len(text)
    while least < longest:
        middle = (least + longest + 1) // 2
        if len(canonical(text[:middle] + _ELLIPSIS)) <= most:
            least = middle
        else:
            longest = middle - 1
    return text[:least] + _ELLIPSIS if least else ""
