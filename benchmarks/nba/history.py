"""Reads a recorded interaction history: what was shown to whom and when, and what came of it."""

import csv
import gzip
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO

from msgspec import Struct

PATTERNS = ("interaction_history*.csv.gz", "interaction_history*.csv", "*[Ii]nteraction*.csv*")

SUCCESSES = frozenset({"accept", "accepted", "clicked"})
"""Outcomes that are successes, whatever their case; all others are failures."""

_OUTBOUND = "outbound"
_NAME = re.compile(r"[^a-z0-9]+")


class Shown(Struct, frozen=True):
    """One action that history showed to a customer."""

    id: str
    customer: str
    interaction: str
    candidate: str
    treatment: str
    channel: str
    outbound: bool
    issue: str
    group: str
    rank: int
    propensity: float | None
    """What was recorded at the time."""
    at: int
    """When it was decided, in milliseconds since the epoch."""
    known: int
    """When its outcome may be learned: not before the decision, whatever the recording says."""
    success: bool


class History(Struct, frozen=True):
    """All that was shown, by time and rank."""

    shown: list[Shown]
    skipped: int
    """Rows without channel, time or name, which were never shown to anybody."""


def read_history(folder: Path, limit: int | None = None) -> History:
    """Return the history of a file or folder, at most of the first `limit` interactions of it.

    Ends the program with what is missing when there is none.
    """
    found: dict[str, Shown] = {}
    skipped = 0
    for row in _rows(_file(folder)):
        shown = _shown(row, len(found))
        if shown is None:
            skipped += 1
        else:
            found[shown.id] = shown
    ordered = sorted(found.values(), key=lambda each: (each.at, each.interaction, each.rank, each.id))
    if limit is not None:
        kept = set(islice(dict.fromkeys(each.interaction for each in ordered), limit))
        ordered = [each for each in ordered if each.interaction in kept]
    if not ordered:
        raise SystemExit(f"There is nothing that was shown in {folder}: every row lacks its channel, time or name")
    return History(ordered, skipped)


def options(shown: Iterable[Shown]) -> dict[tuple[str, str], Shown]:
    """Return every candidate and treatment with an example of it, by name."""
    return dict(sorted({(each.candidate, each.treatment): each for each in shown}.items()))


def _file(folder: Path) -> Path:
    if folder.is_file():
        return folder
    for place in (folder, folder / "pega"):
        for pattern in PATTERNS:
            found = sorted(place.glob(pattern))
            if found:
                return found[0]
    raise SystemExit(f"There is no {' or '.join(PATTERNS[:2])} in {folder} or {folder / 'pega'}")


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with _opened(file) as lines:
        yield from csv.DictReader(lines)


def _opened(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8", newline="")
    return file.open(encoding="utf-8", newline="")


def _shown(row: dict[str, str], number: int) -> Shown | None:
    channel, name = row.get("pyChannel") or "", row.get("pyName") or ""
    at, known = _moment(row.get("pxDecisionTime")), _moment(row.get("pxOutcomeTime"))
    customer = row.get("CustomerID") or ""
    if not channel or not name or not customer or at is None:
        return None
    return Shown(
        id=row.get("pxFactID") or f"row-{number}",
        customer=customer,
        interaction=row.get("pxInteractionID") or customer,
        candidate=_named(name),
        treatment=_named(f"{channel} {row.get('pyTreatment') or 'plain'}"),
        channel=_named(channel),
        outbound=(row.get("pyDirection") or "").lower() == _OUTBOUND,
        issue=_named(row.get("pyIssue") or "none"),
        group=_named(row.get("pyGroup") or "none"),
        rank=_whole(row.get("pxRank")),
        propensity=_fraction(row.get("pyPropensity")),
        at=at,
        known=max(at, known or at),
        success=(row.get("pyOutcome") or "").lower() in SUCCESSES,
    )


def _named(text: str) -> str:
    """Return a text as the name of something in a workspace."""
    name = _NAME.sub("_", text.lower()).strip("_")
    return (name if name[:1].isalpha() else f"n_{name}")[:64]


def _moment(text: str | None) -> int | None:
    """Return a time such as `20210127T132203.201 GMT` in milliseconds since the epoch."""
    try:
        told = datetime.strptime((text or "").removesuffix(" GMT"), "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return round(told.timestamp() * 1000)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _fraction(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
