"""Models learn the same from the same results, however those are split, and learn what there is to be learned."""

from math import exp
from random import Random

import pytest

from xop.kernel.choices.model import ModelSource
from xop.ports.model import Example, ModelKind

pytest.importorskip("river")

from xop.adapters.logistic import LogisticKind
from xop.adapters.thompson import ThompsonKind

KINDS: dict[str, ModelKind] = {"logistic": LogisticKind(), "thompson": ThompsonKind()}

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(params=sorted(KINDS))
def kind(request):
    return KINDS[request.param]


def source(kind, propensity=0.1):
    return ModelSource(kind.form.partition("-")[0], propensity=propensity)


def results(count, seed=1):
    """Offers sell to the young, notices to those with a gold plan."""
    random = Random(seed)
    found = []
    for _ in range(count):
        age, plan, candidate = (
            random.uniform(18, 80),
            random.choice(["gold", "basic"]),
            random.choice(["offer", "notice"]),
        )
        likely = 1 / (1 + exp((age - 40) / 5)) if candidate == "offer" else (0.8 if plan == "gold" else 0.1)
        features = {"age": age, "plan": plan, "new": random.random() < 0.5, "key": plan}
        found.append(Example(candidate, "mail", features, float(random.random() < likely)))
    return found


def propensity(kind, state, candidate, **features):
    [score] = kind.open(state).score(features, [(candidate, "mail")])
    return score.propensity


@pytest.mark.parametrize("size", [1, 7, 100])
def test_the_same_results_give_the_same_bytes_however_they_are_split(kind, size):
    examples = results(300)
    state = begun = kind.begin(source(kind))
    for start in range(0, len(examples), size):
        state = kind.learn(state, examples[start : start + size])
    assert state == kind.learn(begun, examples)
    assert state != kind.learn(begun, examples[:-1])


def test_nothing_learned_is_as_likely_as_the_decision_set_says(kind):
    assert propensity(kind, kind.begin(source(kind, 0.23)), "offer", age=30) == pytest.approx(0.23)


def test_opening_a_state_and_learning_nothing_changes_nothing(kind):
    state = kind.learn(kind.begin(source(kind)), results(50))
    assert kind.learn(state, []) == state


def test_logistic_regression_finds_what_matters_for_whom():
    kind = KINDS["logistic"]
    state = kind.learn(kind.begin(source(kind)), results(4000))
    young, old = {"age": 22, "plan": "basic", "new": True}, {"age": 75, "plan": "basic", "new": True}
    assert propensity(kind, state, "offer", **young) > 0.6
    assert propensity(kind, state, "offer", **old) < 0.3
    gold = {"age": 40, "plan": "gold", "new": False}
    assert propensity(kind, state, "notice", **gold) > 0.5
    assert propensity(kind, state, "notice", **(gold | {"plan": "basic"})) < 0.3


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 1e300, -1e300, 10**400])
def test_numbers_beyond_all_measure_do_not_spoil_what_is_learned(odd):
    kind = KINDS["logistic"]
    state = kind.learn(kind.begin(source(kind)), [Example("offer", "mail", {"age": odd, "plan": "x"}, 1.0)] * 3)
    assert 0 <= propensity(kind, state, "offer", age=odd, plan="x") <= 1
    assert 0 <= propensity(kind, state, "offer", age=30, plan="x") <= 1


def test_thompson_sampling_grows_sure_with_results_and_keeps_keys_apart():
    kind = KINDS["thompson"]
    state = kind.learn(kind.begin(source(kind)), results(2000))
    [gold, basic, unseen] = [
        kind.open(state).score({"key": plan}, [("notice", "mail")])[0] for plan in ("gold", "basic", "silver")
    ]
    assert gold.propensity == pytest.approx(0.8, abs=0.06)
    assert basic.propensity == pytest.approx(0.1, abs=0.06)
    assert gold.spread < 0.2 < unseen.spread
    assert unseen.propensity == pytest.approx(0.1)


def test_the_spread_is_the_standard_deviation_of_the_logit():
    kind = KINDS["thompson"]
    # Twenty results beforehand at 0.5 are Beta(10, 10), whose logit has the variance 2 * trigamma(10).
    [score] = kind.open(kind.begin(source(kind, 0.5))).score({}, [("offer", "mail")])
    assert score.spread == pytest.approx((2 * 0.10516633568168574) ** 0.5, rel=1e-6)


def test_a_result_between_success_and_failure_counts_as_a_part_of_each():
    kind = KINDS["thompson"]
    halves = kind.learn(kind.begin(source(kind)), [Example("offer", "mail", {}, 0.5)] * 2)
    whole = kind.learn(kind.begin(source(kind)), [Example("offer", "mail", {}, 1.0), Example("offer", "mail", {}, 0.0)])
    assert halves == whole
