"""Strategies: what could have ranked the candidates instead, asked by the kernel itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from xop.kernel.choices.considered import Considered
from xop.kernel.choices.ranking import Arm, rank
from xop.kernel.commands import Choice
from xop.kernel.context.customer import Customer
from xop.kernel.moment import Moment, Scores
from xop.kernel.release import Release
from xop.kernel.steps.candidates import Consideration, Entrant

_ROUNDING = 1e-9

NOTHING = ""
"""The action of a choice that chose nothing."""

Way = Literal["logged", "random", "fixed", "release"]
"""`logged` is what was done; `random` any permitted candidate, each as likely; `fixed` the ranking without a model, and
without exploration; `release` that of another release."""

_ARMS: Mapping[Way, Arm] = {"random": "random", "fixed": "no_model", "release": "business"}


@dataclass(frozen=True, slots=True)
class Case:
    """One choice as it was made: everything that has to be known to make it otherwise."""

    customer: Customer
    command: Choice
    moment: Moment


def shares(way: Way, release: Release, case: Case, scores: Scores | None) -> dict[str, float]:
    """Return how likely a strategy would have chosen each action (`candidate/treatment`) in a case."""
    compiled = release.decision_sets[case.command.decision_set]
    arm, moment = _ARMS[way], replace(case.moment, scores=scores)
    judging = Consideration(release, case.customer, compiled, case.command, moment, arm)
    entrants: list[Entrant] = []
    for candidate in compiled.candidates:
        judged = judging.judge(candidate)
        if not isinstance(judged, Considered):
            entrants += judged
    explore = 0.0 if way == "fixed" else compiled.definition.explore.rate
    ranking = rank([each.option for each in entrants], arm, explore, compiled.definition.floor, moment.seed)
    found = {
        action_of(each.option.candidate, each.option.treatment): share
        for each, share in zip(entrants, ranking.probabilities, strict=True)
        if share > 0
    }
    rest = 1.0 - sum(found.values())
    return found | {NOTHING: rest} if rest > _ROUNDING else found


def action_of(candidate: str, treatment: str) -> str:
    """Return the name of what a choice did."""
    return f"{candidate}/{treatment}" if candidate else NOTHING
