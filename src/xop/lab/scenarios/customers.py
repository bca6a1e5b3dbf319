"""Holds what is true of a customer against what a scenario expects of it."""

from typing import Any

from xop.kernel.conditions import Condition, Fault
from xop.kernel.facts import RunEnded, RunEntered
from xop.kernel.picture import instant, picture
from xop.lab.scenarios.stage import Stage
from xop.lab.scenarios.verdicts import Finding
from xop.workspace.scenarios.model import Expectation, JourneyExpected

_MISSING = object()


async def context(stage: Stage, expected: Expectation, condition: Condition) -> Finding | None:
    """Ask a condition of the customer as they are now."""
    customer = await stage.customer(expected.customer)
    if customer is None:
        return Finding(f"that {condition.text}", "the customer is not known", "introduce them under `given`")
    drawn = picture(stage.release, customer.view, stage.now)
    holds = condition.holds({"customer": drawn, "now": instant(stage.now)})
    if holds is True:
        return None
    values = [f"{path} is {_value(drawn, path)}" for path in condition.paths if path.startswith("customer.")]
    why = f"it cannot be answered: {holds.cause}" if isinstance(holds, Fault) else "it does not hold"
    remedy = "correct the condition, what is given, or the changes of the signals that were sent"
    return Finding(f"that {condition.text}", "; ".join([why, *values]), remedy)


def _value(drawn: dict[str, Any], path: str) -> str:
    value: Any = drawn
    for name in path.split(".")[1:]:
        value = value.get(name, _MISSING) if isinstance(value, dict) else _MISSING
        if value is _MISSING:
            return "not there"
    return repr(value)


async def journey(stage: Stage, expected: Expectation, wanted: JourneyExpected) -> Finding | None:
    """Hold a customer's runs of a journey against where they are expected."""
    customer = await stage.customer(expected.customer)
    parts = customer.parts if customer is not None else ()
    runs = [run for part in parts for run in part.runs.values() if run.journey == wanted.name]
    steps = [token.step for run in runs for token in run.tokens]
    origins = {part.id for part in parts}
    facts = [fact for entry in stage.record.recent if entry.origin in origins for fact in entry.facts]
    entered = [fact for fact in facts if isinstance(fact, RunEntered) and fact.journey == wanted.name]
    ended = [fact for fact in facts if isinstance(fact, RunEnded) and fact.journey == wanted.name]
    if wanted.at is not None:
        right, told = wanted.at in steps, f"a run of {wanted.name} at the step {wanted.at}"
    elif wanted.ended is not None:
        right = bool(ended) and ended[-1].outcome == wanted.ended
        told = f"a run of {wanted.name} that ended with the outcome {wanted.ended}"
    else:
        right, told = not entered, f"that nobody entered {wanted.name}"
    if right:
        return None
    happened = [f"it is at {', '.join(steps)}" if steps else "no run is under way"]
    happened += [f"{len(entered)} entered"] if entered else []
    happened += [f"one ended at {each.step or 'its beginning'}: {each.outcome} ({each.reason})" for each in ended]
    return Finding(told, "; ".join(happened), "correct the journey, what is given, or let more time pass with `after`")
