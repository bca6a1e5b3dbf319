"""What rests on too little is said to."""

from dataclasses import replace

import pytest

from tests.lab.evaluate.logs import made_up
from xop.lab.evaluate import Observation, evaluate
from xop.lab.evaluate.evidence import effective, weigh


def uniform(count, reward, policy=None):
    """Return a log of two actions, each as likely."""
    return [Observation(f"c{n}", "ab"[n % 2], 0.5, reward(n), policy or {"a": 0.5, "b": 0.5}) for n in range(count)]


def test_no_matched_success_is_not_a_point():
    found = evaluate(uniform(400, lambda n: float(n % 2), {"a": 1.0}))
    assert found.snips.value == 0
    assert found.snips.interval is None
    assert found.dr.bootstrap is None
    assert found.finding == "not enough evidence"
    assert "successes" in " ".join(found.evidence.lacking)


def test_nothing_but_successes_is_not_a_point_either():
    found = evaluate(uniform(400, lambda _n: 1.0))
    assert "failures" in " ".join(found.evidence.lacking)


def test_one_heavy_decision_is_worth_little():
    log = made_up(1, 1_000)
    heavy = [replace(log[0], probability=1e-6), *log[1:]]
    found = evaluate(heavy)
    assert found.evidence.effective == pytest.approx(1, abs=0.05)
    assert found.evidence.largest_weight > 100_000
    assert "the decisions are worth 1 equally weighted ones" in found.evidence.lacking[0]
    assert found.finding == "not enough evidence"
    assert evaluate(log).evidence.enough


def test_what_was_never_done_says_nothing():
    log = [replace(each, unsupported=0.2) for each in made_up(1, 500)]
    assert "20%" in " ".join(evaluate(log).evidence.lacking)


def test_weights_that_are_not_1_on_average_give_a_log_away_that_lacks_actions():
    whole = made_up(1, 10_000)
    assert "mean weight" in " ".join(weigh([each for each in whole if each.action != "mail"]).lacking)
    assert weigh(whole).enough


def test_effective_decisions_are_those_of_kish():
    assert effective([1, 1, 1, 1]) == 4
    assert effective([3, 1]) == pytest.approx(1.6)
    assert effective([]) == 0
    found = weigh(uniform(100, lambda n: float(n < 20), {"a": 1.0}))
    assert (found.effective, found.matched, found.successes, found.effective_successes) == (50, 50, 10, 10)


def test_no_decisions_are_not_enough():
    found = evaluate([])
    assert found.finding == "not enough evidence"
    assert found.logged.interval is None
