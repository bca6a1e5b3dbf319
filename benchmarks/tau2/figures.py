"""Figures of a run: what was stopped, whom that concerned, and what it cost."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.load.figures import percentile
from benchmarks.tau2.domain import Domain
from benchmarks.tau2.player import Outcome, Played


def stopped(played: Played) -> list[Outcome]:
    """Return the writes that were accepted when they were recorded and did not come through now."""
    return [each for each in played.outcomes if not each.write.api_error and not each.through]


def accepted(played: Played) -> bool:
    """Say whether any write of the episode was accepted when it was recorded."""
    return any(not each.write.api_error for each in played.outcomes)


def counted(domain: Domain, run: Sequence[Played]) -> dict[str, Any]:
    """Return how many episodes were stopped, and by which rules."""
    right = [each for each in run if domain.right(each.episode) and each.episode.writes]
    wrong = [each for each in run if not domain.right(each.episode) and accepted(each)]
    blocked = [each for each in right if stopped(each)]
    return {
        "episodes": len(run),
        "writes": sum(len(each.episode.writes) for each in run),
        "right_episodes_with_writes": len(right),
        "right_episodes_blocked": len(blocked),
        "right_episodes_blocked_by": {each.episode.episode_id: _rules(stopped(each)) for each in blocked},
        "wrong_episodes_with_accepted_write": len(wrong),
        "wrong_episodes_stopped": sum(1 for each in wrong if stopped(each)),
        "per_rule": _per_rule(right, wrong),
        "held": _held(run, right),
        "reads": sum(each.reads for each in run),
        "reads_held_for_verification": sum(len(each.reads_held) for each in run),
        "transfers": sum(each.transfers for each in run),
    }


def _rules(outcomes: Iterable[Outcome]) -> list[str]:
    return sorted({rule for each in outcomes for rule in each.rules} or {"invalid"})


def _per_rule(right: Sequence[Played], wrong: Sequence[Played]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, side in (("right_episodes", right), ("wrong_episodes", wrong)):
        counts = Counter(rule for each in side for rule in _rules(stopped(each)) if stopped(each))
        for rule, count in counts.items():
            found.setdefault(rule, {"right_episodes": 0, "wrong_episodes": 0})[name] = count
    return dict(sorted(found.items()))


def _held(run: Sequence[Played], right: Sequence[Played]) -> dict[str, int]:
    outcomes = [each for played in run for each in played.outcomes]
    waited = [each for each in outcomes if each.held]
    return {
        "writes_for_approval": sum("approval" in each.held for each in waited),
        "writes_for_verification": sum("verification" in each.held for each in waited),
        "writes_released": sum(each.released for each in waited),
        "reads_for_verification": sum(len(each.reads_held) for each in run),
        "reads_released": sum(each.reads_released for each in run),
        "reads_carried_out_once": sum(each.reads_carried_out for each in run),
        "carried_out_once": sum(each.arrival.times == 1 for each in waited),
        "not_carried_out": sum(each.arrival.times == 0 for each in waited),
        "carried_out_again": sum(each.arrival.times > 1 for each in outcomes),
        "right_episodes_held": sum(any(each.held for each in played.outcomes) for played in right),
    }


def costs(direct: Sequence[float], reads: Sequence[float], writes: Sequence[float]) -> dict[str, float]:
    """Return what the platform adds to a call in milliseconds: the way through it without a direct call's median."""
    plain = percentile(sorted(direct), 0.5)
    together = sorted(each - plain for each in (*reads, *writes))
    gathered = sorted(each - plain for each in writes)
    return {
        "direct_ms_p50": round(plain, 2),
        "added_ms_p50": round(percentile(together, 0.5), 2) if together else 0.0,
        "added_ms_p99": round(percentile(together, 0.99), 2) if together else 0.0,
        "added_ms_writes_p50": round(percentile(gathered, 0.5), 2) if gathered else 0.0,
    }
