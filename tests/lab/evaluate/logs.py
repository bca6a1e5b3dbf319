"""Made-up logs whose truth is known: what every action is worth in every case, and what a strategy is worth."""

from dataclasses import replace
from random import Random

from xop.lab.evaluate import Observation

ACTIONS = ("call", "mail", "sms", "")
CASES = ("new", "old")
WORTH = {"new": (0.30, 0.10, 0.20, 0.05), "old": (0.10, 0.40, 0.15, 0.05)}
LOGGED = {"new": (0.1, 0.5, 0.3, 0.1), "old": (0.6, 0.1, 0.2, 0.1)}
TARGET = {"new": (0.7, 0.1, 0.1, 0.1), "old": (0.1, 0.7, 0.1, 0.1)}
TRUTH = sum(share * worth for case in CASES for share, worth in zip(TARGET[case], WORTH[case], strict=True)) / 2


def made_up(seed, count, each=1):
    """Return a log of as many customers; with `each` above 1 all decisions about a customer are one, told many times."""
    chance = Random(seed)
    found = []
    for number in range(count):
        case = chance.choice(CASES)
        index = chance.choices(range(len(ACTIONS)), LOGGED[case])[0]
        reward = float(chance.random() < WORTH[case][index])
        target = dict(zip(ACTIONS, TARGET[case], strict=True))
        found += [Observation(f"c{number}", ACTIONS[index], LOGGED[case][index], reward, target)] * each
    return found


def scaled(observations, factor):
    """Return a log whose probabilities are all wrong by the same factor."""
    return [replace(each, probability=each.probability * factor) for each in observations]


def shifted(observations, by):
    """Return a log in which every reward is larger by as much."""
    return [replace(each, reward=each.reward + by) for each in observations]
