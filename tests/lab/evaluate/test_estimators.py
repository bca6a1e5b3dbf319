"""Estimates are held against logs whose truth is known."""

from statistics import mean, stdev

import pytest

from tests.lab.evaluate.logs import ACTIONS, TRUTH, made_up, scaled, shifted
from xop.lab.evaluate import Observation, evaluate
from xop.lab.evaluate.estimate import Z, estimated, standard_error
from xop.lab.evaluate.estimators import dr_terms, ips_terms, logged_terms, snips_terms
from xop.lab.evaluate.expectation import Expectation, fold_of

SEEDS = 200
COUNT = 500


def dr(observations):
    return dr_terms(observations, Expectation(observations))


ESTIMATORS = {"ips": ips_terms, "snips": snips_terms, "dr": dr}


def hits(terms, customers):
    half = Z * standard_error(terms.influences, customers)
    return abs(terms.value - TRUTH) <= half


@pytest.mark.parametrize("name", ESTIMATORS)
def test_intervals_hold_the_truth_95_times_in_100(name):
    held = 0
    for seed in range(SEEDS):
        log = made_up(seed, COUNT)
        held += hits(ESTIMATORS[name](log), [each.customer for each in log])
    assert 0.91 <= held / SEEDS <= 0.985


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimates_are_right_on_average(name):
    values = [ESTIMATORS[name](made_up(seed, COUNT)).value for seed in range(SEEDS)]
    assert abs(mean(values) - TRUTH) < 3 * stdev(values) / SEEDS**0.5


def test_intervals_hold_the_truth_when_decisions_about_a_customer_are_alike():
    held = alone = 0
    for seed in range(SEEDS):
        log = made_up(seed, 200, each=4)
        terms = snips_terms(log)
        held += hits(terms, [each.customer for each in log])
        alone += hits(terms, [str(number) for number in range(len(log))])
    assert held / SEEDS >= 0.91
    assert alone / SEEDS < 0.8


@pytest.mark.slow
def test_the_bootstrap_holds_the_truth_too():
    held = 0
    for seed in range(80):
        log = made_up(seed, 300)
        low, high = estimated(snips_terms(log), [each.customer for each in log], seed).bootstrap or (0.0, 0.0)
        held += low <= TRUTH <= high
    assert held / 80 >= 0.88


class Wrong(Expectation):
    """An expectation that is far off, and off otherwise for every action."""

    def __init__(self):
        super().__init__([])
        self.worth = dict(zip(ACTIONS, (0.9, 0.0, 0.5, 0.7), strict=True))

    def taken(self, observation):
        return self.worth[observation.action]

    def of_policy(self, observation):
        return sum(share * self.worth[action] for action, share in observation.policy.items())


def test_dr_is_right_on_average_whatever_is_expected():
    values = [dr_terms(made_up(seed, COUNT), Wrong()).value for seed in range(SEEDS)]
    assert abs(mean(values) - TRUTH) < 3 * stdev(values) / SEEDS**0.5
    expected = [mean(Wrong().of_policy(each) for each in made_up(seed, COUNT)) for seed in range(20)]
    assert abs(mean(expected) - TRUTH) > 0.1


def test_dr_scatters_less_than_ips():
    logs = [made_up(seed, COUNT) for seed in range(60)]
    assert stdev(dr(log).value for log in logs) < 0.95 * stdev(ips_terms(log).value for log in logs)


def test_snips_does_not_mind_probabilities_that_are_all_off_by_one_factor():
    log = made_up(1, COUNT)
    assert snips_terms(scaled(log, 0.5)).value == pytest.approx(snips_terms(log).value)
    assert ips_terms(scaled(log, 0.5)).value == pytest.approx(2 * ips_terms(log).value)


def test_snips_moves_with_the_rewards():
    log = made_up(2, COUNT)
    assert snips_terms(shifted(log, 1)).value == pytest.approx(1 + snips_terms(log).value)
    assert ips_terms(shifted(log, 1)).value != pytest.approx(1 + ips_terms(log).value, abs=1e-3)


def test_a_strategy_that_does_what_was_done_is_worth_what_the_log_was():
    log = [Observation(each.customer, each.action, 1, each.reward, {each.action: 1.0}) for each in made_up(3, COUNT)]
    found = evaluate(log)
    for estimate in (found.ips, found.snips, found.dr):
        assert estimate.value == pytest.approx(found.logged.value)
    assert found.gain.value == pytest.approx(0)
    assert found.finding == "no clear difference"
    assert found.logged.value == pytest.approx(logged_terms(log).value)


def test_hand_reckoned_values_come_out():
    log = [
        Observation("a", "x", 0.5, 1, {"x": 1.0}),
        Observation("b", "x", 0.25, 0, {"x": 1.0}),
        Observation("c", "y", 0.5, 1, {"x": 1.0}),
    ]
    assert ips_terms(log).value == pytest.approx((2 + 0 + 0) / 3)
    assert snips_terms(log).value == pytest.approx(2 / 6)
    assert ips_terms(log).influences == pytest.approx([4 / 3, -2 / 3, -2 / 3])
    assert standard_error(ips_terms(log).influences, ["a", "b", "c"]) == pytest.approx(stdev((2, 0, 0)) / 3**0.5)


def test_no_reward_helps_to_foretell_itself():
    names = [next(f"f{fold}-{n}" for n in range(99) if fold_of(f"f{fold}-{n}") == fold) for fold in range(5)]
    log = [Observation(name, "x", 0.5, float(name == names[0]), {"x": 0.5}) for name in names for _ in range(50)]
    expectation = Expectation(log)
    assert expectation.taken(log[0]) == 0
    assert expectation.taken(log[-1]) > 0


def test_better_strategies_are_found_better_and_the_same_seed_gives_the_same_bootstrap():
    log = made_up(4, 4_000)
    found = evaluate(log, 9)
    assert found.finding == "better"
    assert found.snips.bootstrap == evaluate(log, 9).snips.bootstrap
    assert found.snips.bootstrap != evaluate(log, 10).snips.bootstrap
    assert found.gain.value == pytest.approx(found.dr.value - found.logged.value)
