"""Trials: what became of a made-up population under a draft, beside what becomes of it under the release that rules."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct


class Figure(Struct, frozen=True):
    """One number under both releases."""

    before: int | None
    """None where only the draft was simulated, or the release that rules has no such thing."""
    after: int

    @property
    def differs(self) -> bool:
        """Whether the draft changes it."""
        return self.before is not None and self.before != self.after


class JourneyTrial(Struct, frozen=True):
    """What became of those who came to one journey."""

    name: str
    changed: bool
    """Whether the draft changes the journey itself."""
    figures: tuple[Figure, ...]
    """Who came, reached the goal, came to another end, left, and are under way."""
    steps: tuple[tuple[str, Figure], ...]
    """How often each step was reached; of changed journeys only."""


class Trial(Struct, frozen=True):
    """A simulation of a draft."""

    customers: int
    days: int
    compared: bool
    journeys: tuple[JourneyTrial, ...]
    acts: tuple[tuple[str, Figure], ...]
    """What was carried out more or less often."""
    rules: tuple[tuple[str, Figure], ...]
    """What rules denied or held more or less often."""


def trial_of(report: Mapping[str, Any], changed: Iterable[str]) -> Trial:
    """Return a simulation's report as a page shows it; changed journeys come first."""
    after, before, mine = report["after"], report.get("before"), set(changed)
    known = {each["journey"]: each for each in before["journeys"]} if before is not None else {}
    journeys = [
        _journey(each, known.get(each["journey"]), changed=each["journey"] in mine) for each in after["journeys"]
    ]
    seen = [each for each in journeys if each.changed or any(one.after or one.before for one in each.figures)]
    acts = _pairs(before["carried_out"] if before is not None else None, after["carried_out"])
    rules = _pairs(_ruled(before) if before is not None else None, _ruled(after))
    ordered = sorted(seen, key=lambda each: (not each.changed, each.name))
    return Trial(after["customers"], after["days"], before is not None, tuple(ordered), acts, rules)


def _journey(after: Mapping[str, Any], before: Mapping[str, Any] | None, *, changed: bool) -> JourneyTrial:
    was = _figures(before) if before is not None else (None,) * 5
    figures = tuple(Figure(old, new) for old, new in zip(was, _figures(after), strict=True))
    steps: tuple[tuple[str, Figure], ...] = ()
    if changed:
        known = before["steps"] if before is not None else {}
        steps = tuple((step, Figure(known.get(step), count)) for step, count in after["steps"].items())
    return JourneyTrial(after["journey"], changed, figures, steps)


def _figures(told: Mapping[str, Any]) -> tuple[int, ...]:
    """Return who came, reached the goal, came to another end, left, and are under way."""
    ended, goal = told["ended"].get("end", 0), told["goal"]
    left = sum(told["ended"].values()) - ended - goal
    return told["entered"], goal, ended, left, told["under_way"]


def _ruled(told: Mapping[str, Any]) -> dict[str, int]:
    return {each["rule"]: each["count"] for each in told["not_permitted"]}


def _pairs(before: Mapping[str, int] | None, after: Mapping[str, int]) -> tuple[tuple[str, Figure], ...]:
    """Return what differs; nothing where there is nothing to compare with."""
    if before is None:
        return ()
    found = {name: Figure(before.get(name, 0), after.get(name, 0)) for name in sorted({*before, *after})}
    return tuple((name, each) for name, each in found.items() if each.differs)
