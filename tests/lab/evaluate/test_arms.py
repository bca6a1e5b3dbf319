"""Control arms are compared with the business by a test of proportions."""

from random import Random

import pytest

from xop.lab.evaluate.arms import Outcome, arm_figures, arm_tests


def outcomes(arm, successes, count, each=1):
    return [Outcome(f"{arm}-{n // each}", arm, success=n < successes) for n in range(count)]


def test_the_textbook_value_comes_out():
    # 120 of 1,000 against 90 of 1,000: pooled 0.105, standard error 0.013710, z 2.1882, p 0.0287.
    (test,) = arm_tests(outcomes("business", 120, 1_000) + outcomes("random", 90, 1_000))
    assert test.difference == pytest.approx(0.03)
    assert test.z == pytest.approx(2.1882, abs=1e-4)
    assert test.p == pytest.approx(0.0287, abs=1e-4)
    assert test.clear


def test_too_few_successes_are_not_tested():
    (test,) = arm_tests(outcomes("business", 50, 1_000) + outcomes("holdout", 4, 50))
    assert (test.z, test.p, test.clear) == (None, None, False)


def test_decisions_about_one_customer_count_as_one():
    alone = arm_tests(outcomes("business", 120, 1_000) + outcomes("random", 80, 1_000))[0]
    alike = arm_tests(outcomes("business", 120, 1_000, each=10) + outcomes("random", 80, 1_000, each=10))[0]
    assert alone.clear
    assert not alike.clear
    assert (alone.z or 0) / (alike.z or 1) == pytest.approx(10**0.5)


def test_arms_that_are_the_same_differ_5_times_in_100():
    found = 0
    for seed in range(200):
        chance = Random(seed)
        made = [
            Outcome(f"{arm}{n}", arm, success=chance.random() < 0.2)
            for arm in ("business", "random")
            for n in range(300)
        ]
        found += arm_tests(made)[0].clear
    assert 2 <= found <= 20


def test_every_arm_is_told_with_an_interval():
    figures = {each.arm: each for each in arm_figures(outcomes("business", 0, 40) + outcomes("holdout", 10, 20))}
    assert (figures["business"].rate, figures["business"].decisions) == (0, 40)
    assert figures["business"].interval == pytest.approx((0, 0.0876), abs=1e-3)
    assert figures["holdout"].interval == pytest.approx((0.2993, 0.7007), abs=1e-3)
    assert arm_tests(outcomes("holdout", 1, 2)) == []
