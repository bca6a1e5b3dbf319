"""The ranking chooses as it says it does: probabilities are exact, and the same seed always chooses alike."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xop.kernel.choices.chance import logit, normals, propensity_of, uniform
from xop.kernel.choices.model import Arms
from xop.kernel.choices.ranking import SCENARIOS, Option, arm_of, rank

PROPENSITIES = st.floats(0, 1)


@st.composite
def options(draw):
    names = draw(st.lists(st.sampled_from("abcdef"), max_size=8))
    return [
        Option(
            candidate,
            f"t{number}",
            draw(PROPENSITIES),
            draw(st.sampled_from([0.0, 0.4, 2.0])),
            draw(st.floats(-10, 100)),
            draw(st.floats(0, 10)),
            draw(st.floats(0.1, 10)),
        )
        for number, candidate in enumerate(names)
    ]


ARMS = st.sampled_from(["business", "random", "no_model", "holdout"])


@given(options(), ARMS, st.floats(0, 1), st.floats(-5, 20), st.integers(0, 2**56))
def test_probabilities_add_up_to_one_with_that_of_nothing(among, arm, explore, floor, seed):
    ranking = rank(among, arm, explore, floor, seed)
    chosen = 0.0 if ranking.chosen is None else ranking.probabilities[ranking.chosen]
    nothing = ranking.probability if ranking.chosen is None else 1 - sum(ranking.probabilities)
    assert 0 <= nothing <= 1 + 1e-9 or nothing == pytest.approx(0, abs=1e-9)
    assert sum(ranking.probabilities) + nothing == pytest.approx(1)
    assert all(-1e-12 <= each <= 1 + 1e-12 for each in ranking.probabilities)
    if ranking.chosen is not None:
        assert ranking.probability == chosen > 0


@given(options(), ARMS, st.floats(0, 1), st.floats(-5, 20), st.integers(0, 2**56))
def test_the_same_seed_chooses_alike(among, arm, explore, floor, seed):
    assert rank(among, arm, explore, floor, seed) == rank(list(among), arm, explore, floor, seed)


@given(options(), st.floats(0, 1), st.floats(-5, 20), st.integers(0, 2**56))
def test_the_holdout_gets_nothing(among, explore, floor, seed):
    ranking = rank(among, "holdout", explore, floor, seed)
    assert (ranking.chosen, ranking.probability, ranking.way) == (None, 1.0, "holdout")


@given(options().filter(bool), st.floats(-5, 20), st.integers(0, 2**56))
def test_without_exploration_nothing_below_the_floor_wins(among, floor, seed):
    ranking = rank(among, "business", 0.0, floor, seed)
    if ranking.chosen is not None:
        assert ranking.priorities[ranking.chosen] > floor
        assert ranking.priorities[ranking.chosen] == pytest.approx(max(ranking.priorities))
    else:
        assert max(ranking.priorities) <= floor + 1e-9


UNSURE = [
    Option("a", "mail", 0.10, 0.6, 100, 0, 1),
    Option("a", "text", 0.09, 0.6, 100, 2, 1),
    Option("b", "mail", 0.20, 0.9, 40, 1, 1.1),
    Option("c", "mail", 0.50, 0.0, 15, 0, 1),
]


@pytest.mark.parametrize(("arm", "explore"), [("business", 0.0), ("business", 0.3), ("random", 0.1), ("no_model", 0.2)])
def test_what_is_chosen_is_as_frequent_as_its_logged_probability_says(arm, explore):
    rounds = 4000
    drawn: Counter[int | None] = Counter()
    expected: dict[int | None, float] = defaultdict(float)
    for seed in range(rounds):
        ranking = rank(UNSURE, arm, explore, 7.0, seed)
        drawn[ranking.chosen] += 1
        for number, probability in enumerate(ranking.probabilities):
            expected[number] += probability
        expected[None] += 1 - sum(ranking.probabilities)
    for number in (*range(len(UNSURE)), None):
        # Five standard deviations of a share of so many rounds: a wrong probability is farther off.
        assert drawn[number] / rounds == pytest.approx(expected[number] / rounds, abs=5 * (0.25 / rounds) ** 0.5)
    assert len([each for each in expected.values() if each > rounds / 100]) >= 4


def test_inverse_probability_weighting_by_what_is_logged_finds_the_value_of_another_policy():
    rounds, found = 6000, 0.0
    for seed in range(rounds):
        ranking = rank(UNSURE, "business", 0.2, 0.0, seed)
        if ranking.chosen == 2:
            found += 1 / ranking.probability
    assert found / rounds == pytest.approx(1.0, abs=0.05)


def test_every_permitted_candidate_is_as_likely_in_the_random_arm_however_many_treatments_it_has():
    ranking = rank(UNSURE, "random", 0.0, 1000.0, 5)
    assert ranking.probabilities == pytest.approx((1 / 6, 1 / 6, 1 / 3, 1 / 3))
    assert ranking.chosen is not None


def test_customers_fall_into_arms_by_their_shares_and_stay_there():
    arms = Arms(random=0.1, no_model=0.2, holdout=0.05)
    found = Counter(arm_of(arms, "next", f"cus_{number}") for number in range(20_000))
    shares = {"holdout": 0.05, "random": 0.1, "no_model": 0.2, "business": 0.65}
    assert {name: count / 20_000 for name, count in found.items()} == pytest.approx(shares, abs=0.02)
    assert arm_of(arms, "next", "cus_7") == arm_of(arms, "next", "cus_7")
    assert any(arm_of(arms, "next", f"cus_{n}") != arm_of(arms, "other", f"cus_{n}") for n in range(100))


@given(st.floats(1e-6, 1 - 1e-6))
def test_a_propensity_and_its_logit_are_inverse(propensity):
    assert propensity_of(logit(propensity)) == pytest.approx(propensity)


@settings(max_examples=20)
@given(st.integers(0, 2**56))
def test_draws_depend_on_seed_and_purpose_alone(seed):
    assert normals(seed, "a", 10) == normals(seed, "a", SCENARIOS)[:10]
    assert normals(seed, "a", 10) != normals(seed, "b", 10)
    assert 0 <= uniform(seed, "a") < 1


def test_draws_are_normal():
    drawn = [each for seed in range(200) for each in normals(seed, "x", 100)]
    mean = sum(drawn) / len(drawn)
    assert mean == pytest.approx(0, abs=0.05)
    assert sum((each - mean) ** 2 for each in drawn) / len(drawn) == pytest.approx(1, abs=0.05)
