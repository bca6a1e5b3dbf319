"""Tells from words which of a journey's branches they mean: weights learned from other dialogues by their counts of errors."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from random import Random

from benchmarks.star.happenings import Acted, Heard

Turn = tuple[Heard, Acted]

Weights = dict[str, dict[str, float]]
"""By sign and act."""

_ROUNDS = 5
_MOST_WORDS = 40
_SEED = 7


class Listener:
    """An averaged perceptron for each task: every sign adds to the acts it was followed by."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        by_task: dict[str, list[Turn]] = defaultdict(list)
        for heard, acted in turns:
            by_task[acted.task].append((heard, acted))
        self._weights = {task: _learned(each) for task, each in sorted(by_task.items())}

    def understand(self, heard: Heard, branches: Iterable[str]) -> str:
        """Return the branch that words most likely mean; nothing when there is none to choose or no words were heard."""
        choices = sorted(set(branches))
        if not choices or not heard.words:
            return ""
        scores = _scores(self._weights.get(heard.task, {}), signs(heard))
        return max(choices, key=lambda act: scores.get(act, 0.0))


def signs(heard: Heard) -> list[str]:
    """Return what a decision may rest on: the words and pairs of words, the act they answer and those before it."""
    plain = [re.sub(r"\d+", "#", word) for word in heard.words.split()[:_MOST_WORDS]]
    pairs = [f"{first} {second}" for first, second in zip(["^", *plain], [*plain, "$"], strict=True)]
    before = heard.told[-2] if len(heard.told) > 1 else ""
    known = ["any", f"after {heard.place}", f"{heard.kind} after {heard.place}", heard.kind, f"before {before}"]
    return [*known, *dict.fromkeys(plain + pairs), *(f"told {act}" for act in sorted(set(heard.told)))]


def _scores(weights: Mapping[str, Mapping[str, float]], found: Iterable[str]) -> Mapping[str, float]:
    scores: defaultdict[str, float] = defaultdict(float)
    for sign in found:
        for act, weight in weights.get(sign, {}).items():
            scores[act] += weight
    return scores


def _learned(turns: list[Turn]) -> Weights:
    """Return the mean of the weights over all steps of learning, which forgets the last examples' whims."""
    examples = [(signs(heard), acted.act) for heard, acted in turns]
    acts = sorted({act for _, act in examples})
    weights: Weights = defaultdict(lambda: defaultdict(float))
    sums: Weights = defaultdict(lambda: defaultdict(float))
    order, step = Random(_SEED), 1
    for _ in range(_ROUNDS):
        order.shuffle(examples)
        for found, act in examples:
            scores = _scores(weights, found)
            guess = max(acts, key=lambda each: scores.get(each, 0.0))
            for sign in found if guess != act else ():
                for each, change in ((act, 1.0), (guess, -1.0)):
                    weights[sign][each] += change
                    sums[sign][each] += change * step
            step += 1
    return {sign: {act: each[act] - sums[sign][act] / step for act in each} for sign, each in weights.items()}
