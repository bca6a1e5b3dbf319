"""Evaluates what the platform's Thompson model would have been worth on the logs of a bandit that chose items at random.

    .venv/bin/python benchmarks/nba_obd.py --data DIR

For every campaign that a `random` and a `bts` policy (Bernoulli Thompson sampling) were logged for, with true propensities:

- `thompson`: the platform's own model and ranking. It learns from the random log in the order of time, a hundred results
  at a time, and each row is judged by what had been learned before it. Its first fifth only teaches; the rest is scored.
- `random` from the bts log, and `bts` from the random log by the shares with which bts chose each item: both values are
  known from the other log, so that the estimators can be held against the truth.

IPS, SNIPS and DR with 95 % intervals, the effective sample size, the largest weight and the matched clicks of each. What
rests on too little is reported as such, without intervals. The last line is the result as JSON.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import to_builtins

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.figures import tell
from benchmarks.nba.bandit import Row, campaigns
from benchmarks.star.progress import progress
from xop.assembly import MODELS
from xop.kernel.choices.model import ModelSource
from xop.kernel.choices.ranking import Option, rank
from xop.kernel.moment import Score
from xop.lab.evaluate import Evaluation, Observation, evaluate
from xop.lab.evaluate.arms import Outcome, arm_figures
from xop.lab.evaluate.estimate import Z
from xop.ports.model import Example, Model

POLICIES = ("random", "bts")
TAUGHT = 0.2
"""The share of the random log, the first by time, that only teaches."""

BATCH = 100
EXPLORE = 0.05
"""The decision sets' default: a twentieth of the choices is random."""

_TREATMENT = "shown"
_BEFORE = 0.01
"""What is taken for a likely click rate before anything is learned: one in a hundred, whatever these logs say."""


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder with the logs")
    found = campaigns(parser.parse_args().data, POLICIES)
    total = sum(len(log["random"]) for log in found.values())
    with progress("Learning", total) as advance:
        figures = {name: _campaign(log["random"], log["bts"], advance) for name, log in found.items()}
    tell("nba_obd", {"campaigns": figures})


def _campaign(random: Sequence[Row], bts: Sequence[Row], advance: Any) -> dict[str, Any]:
    items = sorted({row.item for row in (*random, *bts)})
    uniform = dict.fromkeys(items, 1 / len(items))
    shares = {item: count / len(bts) for item, count in Counter(row.item for row in bts).items()}
    learned = evaluate(prequential(random, items, advance))
    since = random[int(TAUGHT * len(random))].at
    return {
        "items": len(items),
        "rows": {"random": len(random), "bts": len(bts)},
        "smallest_probability": {"random": min(r.probability for r in random), "bts": min(r.probability for r in bts)},
        "thompson": _told(learned) | {"less_bts": _less(learned, [row for row in bts if row.at >= since])},
        "random_by_bts": _told(evaluate(_judged(bts, uniform))) | {"truth": _rate(random)},
        "bts_by_random": _told(evaluate(_judged(random, shares))) | {"truth": _rate(bts)},
    }


def prequential(log: Sequence[Row], items: Sequence[str], advance: Any) -> list[Observation]:
    """Return the scored rows of a log with what the platform would have done, knowing only what came before."""
    kind = MODELS["thompson"]
    state = kind.begin(ModelSource("thompson", propensity=_BEFORE))
    model, waiting, found = kind.open(state), list[Example](), list[Observation]()
    policy = _policy(model, items, 0)
    for number, row in enumerate(log):
        if number >= TAUGHT * len(log):
            found.append(_observation(number, row, policy))
        waiting.append(Example(row.item, _TREATMENT, {}, float(row.click)))
        if len(waiting) == BATCH:
            state, waiting = kind.learn(state, waiting), []
            model = kind.open(state)
            policy = _policy(model, items, number)
            advance(BATCH)
    return found


def _policy(model: Model, items: Sequence[str], seed: int) -> dict[str, float]:
    """Return how likely the platform would show each item: the mean over many choices of its own ranking."""
    scores = model.score({}, [(item, _TREATMENT) for item in items])
    options = [_option(score) for score in scores]
    rankings = [rank(options, "business", EXPLORE, 0.0, seed * 16 + number).probabilities for number in range(16)]
    return {item: sum(each) / len(rankings) for item, each in zip(items, zip(*rankings, strict=True), strict=True)}


def _option(score: Score) -> Option:
    return Option(score.candidate, _TREATMENT, score.propensity, score.spread, value=1.0, cost=0.0, weight=1.0)


def _observation(number: int, row: Row, policy: Mapping[str, float]) -> Observation:
    # The logs name no customers, so every row counts as one.
    return Observation(str(number), row.item, row.probability, float(row.click), policy)


def _judged(log: Sequence[Row], policy: Mapping[str, float]) -> list[Observation]:
    return [_observation(number, row, policy) for number, row in enumerate(log)]


def _less(learned: Evaluation, bts: Sequence[Row]) -> dict[str, Any] | None:
    """Return what the learned policy is worth more than bts was in the same time: two logs, so their variances add up."""
    interval = learned.dr.interval
    if interval is None or not bts:
        return None
    rate, count = sum(row.click for row in bts) / len(bts), len(bts)
    value = learned.dr.value - rate
    half = (((interval[1] - interval[0]) / 2) ** 2 + Z * Z * rate * (1 - rate) / count) ** 0.5
    clear = abs(value) > half
    return {"value": round(value, 6), "interval": [round(value - half, 6), round(value + half, 6)], "clear": clear}


def _rate(log: Sequence[Row]) -> dict[str, Any]:
    """Return what was clicked of a log, with Wilson's interval."""
    figures = arm_figures([Outcome(str(number), "logged", row.click) for number, row in enumerate(log)])[0]
    return {"value": figures.rate, "interval": _rounded(figures.interval)}


def _told(found: Evaluation) -> dict[str, Any]:
    told: dict[str, Any] = _rounded(to_builtins(found))
    return {"enough": found.evidence.enough} | told


def _rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _rounded(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_rounded(value) for value in told]
    return round(told, 6) if isinstance(told, float) else told


if __name__ == "__main__":
    main()
