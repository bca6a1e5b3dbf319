"""Decisions of a world looked back on, with what must be true of every counterfactual."""

from itertools import combinations
from typing import Any

from tests.kit.world import World
from xop.engine.hindsight import recorded
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.account import Account, Entered, account_of
from xop.kernel.hindsight.counterfactual import counterfactuals, holds
from xop.kernel.hindsight.model import Change, Counterfactual
from xop.kernel.hindsight.recorded import Recorded
from xop.kernel.release import Release

IMPOSSIBLE = {"stage", "kind", "risk", "promotional", "purpose", "channel", "duties", "unknown"}
"""What a decision is about: none could have been otherwise and the decision be the same."""


async def taken(world: World, decision: str, *releases: Release) -> Recorded:
    """Return a decision of a world as it was taken."""
    known = {each.digest: each for each in (*releases, world.engine.release)}

    async def release(digest: str) -> Release | None:
        return known.get(digest)

    stored = await world.runtime.ledger.decided(decision)
    assert stored is not None
    found = await recorded(world.runtime.ledger, stored, release)
    assert found is not None
    return found


async def looked_back(world: World, decision: Decision, *releases: Release) -> list[Counterfactual]:
    """Return the counterfactuals of a decision, each of them true, minimal and possible."""
    step = await taken(world, decision.id, *releases)
    found = counterfactuals(step, decision)
    for each in found:
        assert holds(step, each), each
        assert each.verdict != decision.verdict or decision.stage == "choice"
        assert not {change.path for change in each.changes} & IMPOSSIBLE
        for size in range(1, len(each.changes)):
            for fewer in combinations(each.changes, size):
                assert not holds(step, Counterfactual(fewer, each.verdict, each.code)), fewer
    return found


async def account(world: World, decision: Decision, *releases: Release) -> Account:
    """Return all that a decision is explained by."""
    step = await taken(world, decision.id, *releases)
    evidence = await world.runtime.evidence.get(decision.id)
    return account_of(decision, evidence, step, Entered("log.example", "key", 3))


def told(found: list[Counterfactual]) -> list[tuple[dict[str, Any], str]]:
    """Return counterfactuals as what would have been by path, and the verdict."""
    return [({change.path: change.would for change in each.changes}, each.verdict) for each in found]


def changed(path: str, was: Any, would: Any, verdict: Any = "permit") -> Counterfactual:
    """Return a counterfactual of one change."""
    return Counterfactual((Change(path, was, would),), verdict, "")
