"""Counterfactuals: the fewest things that, had they been otherwise, would have made a decision another one.

Each is found by deciding again with all that was recorded and only the named values changed, so that each is true of the
rules that ruled. What they say is what GDPR Article 15(1)(h) asks for as the effect that other inputs would have had.
"""

from collections.abc import Mapping

from xop.kernel.decisions.model import Decision, Outcome
from xop.kernel.hindsight.contest import contests, winner
from xop.kernel.hindsight.model import Counterfactual
from xop.kernel.hindsight.recorded import Recorded, again
from xop.kernel.hindsight.search import Search
from xop.kernel.hindsight.telling import GRANTS, rank

MOST = 3
"""Counterfactuals that are told of one decision."""

_BETTER: Mapping[str, tuple[Outcome, ...]] = {"deny": ("permit", "hold"), "hold": ("permit",)}
"""What another decision would have been, the most telling first."""


def counterfactuals(recorded: Recorded, decision: Decision) -> list[Counterfactual]:
    """Return at most three counterfactuals of a decision; none where nothing of what it read could have been otherwise."""
    if decision.stage == "choice":
        return contests(recorded, decision)[:MOST]
    search = Search(recorded, decision)
    found: list[Counterfactual] = []
    if decision.verdict == "permit":
        found = search.losing()
    for wanted in _BETTER.get(decision.verdict, ()):
        found += search.reaching(wanted)
        if any(_ranks(each)[0] < GRANTS for each in found):
            break
    return _most_telling(found)


def holds(recorded: Recorded, counterfactual: Counterfactual) -> bool:
    """Say whether a counterfactual is true: decided again with its changes, the outcome is the one it names."""
    changes = {change.path: change.would for change in counterfactual.changes}
    decision = again(recorded, changes).step.decision
    if decision is None or decision.verdict != counterfactual.verdict:
        return False
    return decision.stage != "choice" or winner(decision) == counterfactual.chosen


def _most_telling(found: list[Counterfactual]) -> list[Counterfactual]:
    """What somebody may do at all is told only where nothing about the customer or the case would have done."""
    ranked = sorted(found, key=_ranks)
    about_the_case = [each for each in ranked if _ranks(each)[0] < GRANTS]
    return (about_the_case or ranked)[:MOST]


def _ranks(found: Counterfactual) -> tuple[int, int]:
    ranks = [rank(change.path) for change in found.changes]
    return max(ranks), sum(ranks)
