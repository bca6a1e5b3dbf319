"""Counterfactuals of choices: what would have had to be otherwise for another candidate to win."""

from collections.abc import Iterator
from typing import Any

from xop.kernel.choices.considered import Considered
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.altered import value_at
from xop.kernel.hindsight.alternatives import alternatives
from xop.kernel.hindsight.model import Change, Counterfactual
from xop.kernel.hindsight.recorded import ARM, SCORES, Recorded, again
from xop.kernel.hindsight.telling import may_differ, rank

_TRIES = 60
"""Choices made again for one explanation at most: each judges every candidate."""

_NEVER = "business"
"""The arm of those who are in no control group."""


def contests(recorded: Recorded, decision: Decision) -> list[Counterfactual]:
    """Return what would have led to another choice, the most telling first; nothing where chance or eligibility decided."""
    before = winner(decision)
    found: dict[str, Counterfactual] = {}
    asked = {each.action: each.context for each in again(recorded, {}).asked}
    changes = [*_arms(decision), *_scores(recorded, decision), *_ruled(recorded, decision, asked)]
    for change in changes[:_TRIES]:
        if change.path in found:
            continue
        other = again(recorded, {change.path: change.would}).step.decision
        if other is not None and other.candidates and winner(other) not in {before, ""}:
            found[change.path] = Counterfactual((change,), other.verdict, other.code, winner(other))
    return sorted(found.values(), key=lambda each: rank(each.changes[0].path))


def winner(decision: Decision) -> str:
    """Return the candidate that a choice chose; empty for none."""
    return next((each.name for each in decision.candidates if not each.fell), "")


def _arms(decision: Decision) -> Iterator[Change]:
    if decision.arm and decision.arm != _NEVER:
        yield Change(ARM, decision.arm, _NEVER)


def _scores(recorded: Recorded, decision: Decision) -> Iterator[Change]:
    """Yield how likely each candidate that was outranked would have had to be, where a model said so."""
    scores = recorded.moment.scores
    if scores is None or scores.fault:
        return
    said = {(each.candidate, each.treatment): each.propensity for each in scores.scores}
    to_beat = max((each.priority for each in decision.candidates if not each.fell), default=0.0)
    for each in decision.candidates:
        known = said.get((each.name, each.treatment), said.get((each.name, "")))
        needed = _needed(each, to_beat)
        if each.fell in {"outranked", "floor"} and known is not None and known < needed <= 1:
            treatment = each.treatment if (each.name, each.treatment) in said else ""
            yield Change(f"{SCORES}{each.name}.{treatment}", known, needed)


def _needed(each: Considered, priority: float) -> float:
    """Return the propensity at which context * lever * (propensity * value - cost) is just above a priority, in thousandths."""
    weight = each.context * each.lever
    if weight <= 0 or each.value <= 0:
        return 2.0
    exact = (priority / weight + each.cost) / each.value
    return (int(exact * 1000) + 1) / 1000


def _ruled(recorded: Recorded, decision: Decision, asked: dict[str, Any]) -> Iterator[Change]:
    """Yield what would have silenced the rules that kept candidates from winning."""
    rules = recorded.release.policies.rules
    for each in decision.candidates:
        rule, context = rules.get(each.reason), asked.get(each.action)
        if each.fell not in {"arbiter", "held"} or rule is None or context is None:
            continue
        for path in sorted(filter(may_differ, rule.reads), key=rank):
            was = value_at(context, path)
            if was is not None and not isinstance(was, dict) and path != "approved":
                yield from (Change(path, was, would) for would in alternatives([rule], path, was))
