"""What a publication moves: how much it still has to, and what undoing one would do."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from xop.assembly import Publication
from xop.engine.publication import StepImpact
from xop.kernel.release import Move
from xop.ports.runs import Tally


def untouched(moves: Sequence[Move], tallies: Iterable[Tally]) -> int:
    """Return how many tokens stand where moves are to take them away, at most: a run that cannot go as a whole stays."""
    return sum(tally.tokens for tally in tallies if any(_concerns(move, tally) for move in moves))


def undone(prepared: Publication, tallies: Iterable[Tally]) -> list[StepImpact]:
    """Return the impact of a publication that undoes another: who was moved goes back, who left is put back."""
    known = {(each.journey, each.version, each.step): each for each in prepared.impact}
    found: list[StepImpact] = []
    for tally in tallies:
        place = (tally.journey, tally.version, tally.step)
        move = next((each for each in prepared.release.routes.moves if _concerns(each, tally)), None)
        if move is not None:
            before = known.pop(place, None) if not tally.aside else None
            change = before.change if before is not None else "same"
            found.append(StepImpact(*place, tally.tokens, change, move.change, move.steps[tally.step]))
    return sorted([*_joined(found), *known.values()], key=lambda each: (each.journey, each.version, each.step))


def _concerns(move: Move, tally: Tally) -> bool:
    aside = move.change == "restore" and tally.version == move.to
    return tally.version == move.version and tally.step in move.steps and tally.aside == aside


def _joined(found: Iterable[StepImpact]) -> list[StepImpact]:
    """Tokens at one step that wait for different things are one line."""
    joined: dict[tuple[str, str, str, str], StepImpact] = {}
    for each in found:
        place = (each.journey, each.version, each.step, each.fate)
        before = joined.get(place)
        joined[place] = each if before is None else replace(before, runs=before.runs + each.runs)
    return list(joined.values())
