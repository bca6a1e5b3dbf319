"""The report: what a strategy would have been worth on the choices of a span of time, and how the control arms did."""

from collections.abc import Sequence

from msgspec import Struct

from xop.kernel.base.times import iso
from xop.lab.evaluate.arms import ArmFigures, ArmTest, Outcome, arm_figures, arm_tests
from xop.lab.evaluate.evaluation import Evaluation, evaluate
from xop.lab.evaluate.log import Logged


class Report(Struct, frozen=True):
    """What is known of a strategy."""

    decision_set: str
    policy: str
    choices: int
    """All that were made in the span."""
    waiting: int
    """Those whose results are still waited for."""
    first_due: str
    """When the first wait of those is over at the latest; empty when none is waited for."""
    known: int
    """Those of which it is known how they turned out."""
    displaced: int
    """Those that made room for others before their results came."""
    unjudged: int
    """Those that the strategy could not be asked about: their release cannot be compiled any more."""
    holdout: int
    """Those of customers for whom nothing was done, which tell nothing of other strategies."""
    evaluation: Evaluation
    arms: list[ArmFigures]
    tests: list[ArmTest]


def report(
    decision_set: str, policy: str, log: Sequence[Logged], span: tuple[int, int | None] = (0, None), seed: int = 1
) -> Report:
    """Report on the choices made within a span of time, in milliseconds since the epoch; its end is left out."""
    start, end = span
    within = [each for each in log if start <= each.chosen.at and (end is None or each.chosen.at < end)]
    known = [each for each in within if each.known]
    acting = [each for each in known if each.chosen.arm != "holdout"]
    asked = [each for each in acting if each.policy is not None or policy == "logged"]
    outcomes = [Outcome(each.customer, each.chosen.arm, each.observation().reward > 0) for each in known]
    dues = [each.chosen.due for each in within if each.answer is None]
    return Report(
        decision_set=decision_set,
        policy=policy,
        choices=len(within),
        waiting=len(dues),
        first_due=iso(min(dues)) if dues else "",
        known=len(known),
        displaced=sum(each.answer is not None and not each.known for each in within),
        unjudged=len(acting) - len(asked),
        holdout=len(known) - len(acting),
        evaluation=evaluate([each.observation() for each in asked], seed),
        arms=arm_figures(outcomes),
        tests=arm_tests(outcomes),
    )
