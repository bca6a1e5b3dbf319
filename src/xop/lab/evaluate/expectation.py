"""The expectation: the reward of each action as the rest of the log tells it, never a decision's own customer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from xop.lab.evaluate.observation import Observation

FOLDS = 5
"""Parts of the customers; what is expected of one part is learned from the others."""

PRIOR = 20.0
"""Decisions that the mean of all actions counts as much as, for an action that was rarely done."""

Total = tuple[float, int]
"""The sum of rewards, and of how many."""


class Expectation:
    """Mean rewards by action, fitted across folds of customers, so that no reward helps to foretell itself."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        totals: dict[tuple[int, str], Total] = defaultdict(lambda: (0.0, 0))
        for each in observations:
            place = fold_of(each.customer), each.action
            reward, count = totals[place]
            totals[place] = reward + each.reward, count + 1
        self._folds = [_fitted(totals, fold) for fold in range(FOLDS)]

    def taken(self, observation: Observation) -> float:
        """Return what was to be expected of the action that was done."""
        means, rest = self._folds[fold_of(observation.customer)]
        return means.get(observation.action, rest)

    def of_policy(self, observation: Observation) -> float:
        """Return what was to be expected of the strategy in the decision's place."""
        means, rest = self._folds[fold_of(observation.customer)]
        return sum(share * means.get(action, rest) for action, share in observation.policy.items())


def fold_of(customer: str) -> int:
    """Return the fold of a customer, always the same one."""
    return blake2b(customer.encode(), digest_size=2, person=b"xop.folds").digest()[0] % FOLDS


def _fitted(totals: Mapping[tuple[int, str], Total], left_out: int) -> tuple[dict[str, float], float]:
    """Return the mean of each action, drawn towards that of all, and the mean of all."""
    by_action: dict[str, Total] = defaultdict(lambda: (0.0, 0))
    for (fold, action), (reward, count) in totals.items():
        if fold != left_out:
            known = by_action[action]
            by_action[action] = known[0] + reward, known[1] + count
    count = sum(each[1] for each in by_action.values())
    mean = sum(each[0] for each in by_action.values()) / count if count else 0.0
    return {name: (reward + PRIOR * mean) / (size + PRIOR) for name, (reward, size) in by_action.items()}, mean
