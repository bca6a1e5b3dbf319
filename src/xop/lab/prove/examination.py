"""Examines one release: its invariants, its rules, and what nobody may do."""

from collections.abc import Sequence

from xop.kernel.policy.model import Rule
from xop.lab.prove.effects import effect_of, nobody_may
from xop.lab.prove.model import Report
from xop.lab.prove.proofs import prove
from xop.lab.prove.study import Progress, study
from xop.lab.prove.terrain import Terrain, common_universe
from xop.workspace.invariants import Declared
from xop.workspace.policies import BASELINE


def examine(terrain: Terrain, declared: Sequence[Declared], progress: Progress = lambda _: None) -> Report:
    """Return everything found out about a release; `progress` hears of each invariant and rule when it is done.

    Only the workspace's own rules are asked for their effect: the baseline speaks of what not every workspace does.
    """
    found = study(terrain, common_universe([terrain], declared))
    proofs, flawed = [], []
    for invariant in declared:
        proofs.append(prove(found, invariant))
        progress(invariant.id)
    for rule in own_rules(terrain):
        flawed.append(effect_of(found, rule))
        progress(rule.id)
    return Report(
        release=terrain.release.digest,
        name=terrain.release.name,
        rules=len(terrain.rules),
        proofs=tuple(proofs),
        effectless=tuple(each for each in flawed if each is not None),
        nobody=nobody_may(found),
        observed=terrain.observed,
    )


def own_rules(terrain: Terrain) -> tuple[Rule, ...]:
    """Return the rules that are the workspace's own."""
    return tuple(rule for rule in terrain.rules if rule.pack != BASELINE)
