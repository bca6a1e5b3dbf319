"""What a publication means for the runs that are inside journeys: who stands where, and what becomes of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.kernel.actions.model import Name
from xop.kernel.compiled.journeys import CompiledJourney
from xop.kernel.release import Move, Routes
from xop.ports.errors import XopError
from xop.ports.runs import Tally

Fate = Annotated[
    str,
    Meta(
        pattern=r"^(stay|leave|migrate|migrate:[a-z][a-z0-9_]{0,63})$",
        description="`stay` on the old version, `leave` the journey, or `migrate` to the new one: to the step of the "
        "same name, or to the one named after the colon.",
    ),
]


class JourneyChoice(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What becomes of the runs of one journey's former versions."""

    runs: Fate = "stay"
    """Those at steps not named below."""
    steps: dict[Name, Fate] = {}


Choices = Mapping[str, JourneyChoice]
"""By journey; the runs of a journey not named stay on their versions."""


class StepImpact(Struct, frozen=True):
    """The runs that stand at one step of a former version, and what becomes of them."""

    journey: str
    version: str
    step: str
    runs: int
    """Tokens, of which a run that goes several ways at once has several."""
    change: Literal["same", "changed", "removed"]
    """How the step compares with the one of the same name in the new version."""
    fate: str
    to: str = ""
    """The step they go on from."""


class ChoiceImpossible(XopError):  # noqa: N818 - names what is the case
    """A publication's choices do not fit the journeys."""


def impact(
    routes: Routes, former: Mapping[str, CompiledJourney], tallies: Iterable[Tally], choices: Choices
) -> list[StepImpact]:
    """Return what a publication of `routes` would do, step by step, with the runs that stand in `former` versions.

    Raises `ChoiceImpossible` for a choice of a journey or step that is not there.
    """
    standing: Counter[tuple[str, str, str]] = Counter()
    for tally in tallies:
        if not tally.aside:
            standing[tally.journey, tally.version, tally.step] += tally.tokens
    found: list[StepImpact] = []
    for (journey, version, step), count in sorted(standing.items()):
        now = routes.journeys.get(journey)
        if now is None or now.version != version:
            fate, to = _fate(choices.get(journey), step, now)
            found.append(StepImpact(journey, version, step, count, _change(former.get(version), now, step), fate, to))
    _check(routes, former, found, choices)
    return found


def _fate(choice: JourneyChoice | None, step: str, now: CompiledJourney | None) -> tuple[str, str]:
    written = "stay" if choice is None else choice.steps.get(step, choice.runs)
    fate, _, to = written.partition(":")
    if fate != "migrate":
        return fate, ""
    if now is None:
        raise ChoiceImpossible("runs cannot migrate: the journey is gone from the workspace; let them stay or leave")
    to = to or step
    if to not in now.steps:
        raise ChoiceImpossible(
            f"runs at {now.journey.name}.{step} cannot go on at {to!r}: the new version has no such step; "
            f"write {now.journey.name}.{step}=migrate:STEP with one of: {', '.join(now.steps)}"
        )
    return fate, to


def _change(
    old: CompiledJourney | None, now: CompiledJourney | None, step: str
) -> Literal["same", "changed", "removed"]:
    if now is None or step not in now.steps:
        return "removed"
    before = old.steps.get(step) if old is not None else None
    return "same" if before is not None and before.step == now.steps[step].step else "changed"


def _check(
    routes: Routes, former: Mapping[str, CompiledJourney], found: Sequence[StepImpact], choices: Choices
) -> None:
    known = {each.journey.name for each in former.values()} | set(routes.journeys)
    for journey, choice in choices.items():
        versions = {each.version for each in former.values() if each.journey.name == journey}
        now = routes.journeys.get(journey)
        if now is not None and versions <= {now.version}:
            raise ChoiceImpossible(
                f"the journey {journey!r} does not change, so that there is nothing to choose for it"
            )
        if journey not in known:
            raise ChoiceImpossible(f"there is no journey {journey!r}; the journeys are: {', '.join(sorted(known))}")
        steps = {each.step for each in found if each.journey == journey}
        steps |= {step for each in former.values() if each.journey.name == journey for step in each.steps}
        for step in choice.steps.keys() - steps:
            raise ChoiceImpossible(
                f"no former version of {journey!r} has a step {step!r}; its steps are: {', '.join(sorted(steps))}"
            )


def moves_of(
    routes: Routes, former: Mapping[str, CompiledJourney], versions: Iterable[str], choices: Choices
) -> tuple[Move, ...]:
    """Return the moves that choices ask for; every step of a former version is named, wherever runs stand by then."""
    moves: list[Move] = []
    for version in sorted(versions):
        old = former.get(version)
        now = routes.journeys.get(old.journey.name) if old is not None else None
        choice = choices.get(old.journey.name) if old is not None else None
        if old is None or choice is None or (now is not None and now.version == version):
            continue
        fates = {step: _fate_or_stay(choice, step, now) for step in old.steps}
        migrating = {step: to for step, (fate, to) in fates.items() if fate == "migrate"}
        leaving = {step: step for step, (fate, _) in fates.items() if fate == "leave"}
        name = old.journey.name
        if migrating and now is not None:
            moves.append(Move(name, version, "migrate", migrating, now.version))
        if leaving:
            moves.append(Move(name, version, "leave", leaving, version))
    return tuple(moves)


def _fate_or_stay(choice: JourneyChoice, step: str, now: CompiledJourney | None) -> tuple[str, str]:
    """A step where nobody stands may have no counterpart: whoever comes there meanwhile stays."""
    try:
        return _fate(choice, step, now)
    except ChoiceImpossible:
        return "stay", ""


def undoing(moves: Iterable[Move], release: str) -> tuple[Move, ...]:
    """Return the moves that undo those of a release: who was moved goes back, who left is put back."""
    undone: list[Move] = []
    for move in moves:
        steps = {to: step for step, to in move.steps.items()}
        if move.change == "restore":
            undone.append(Move(move.journey, move.to, "migrate", steps, move.version))
        else:
            undone.append(Move(move.journey, move.to, "restore", steps, move.version, move.release or release))
    return tuple(undone)
