"""Examinations of the two judges, by questions whose answers are known."""

from xop.faces.cli.doctor.finding import Finding
from xop.kernel.conditions import Environment, MapOf, Problem, compile_condition
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.model import Request
from xop.kernel.policy.parse import parse
from xop.kernel.policy.schema import ActionType, Schema
from xop.kernel.policy.source import PolicySource

_POLICY = """
@id("doctor.small")
@message("small amounts are fine")
permit(principal is Agent, action, resource) when { context.amount < 10 };
@id("doctor.large")
@message("large amounts are not")
forbid(principal, action, resource) when { context.amount >= 10 };
"""

_REINSTALL = "install the project again with its locked versions"


def examine_policies() -> Finding:
    """Ask both policy engines the same questions."""
    parsed = parse([PolicySource("doctor", "doctor.cedar", _POLICY)])
    schema = Schema((ActionType("credit", (), {"amount": "Long"}),))
    answers = {}
    for mode in ("compiled", "reference"):
        engine = PolicyEngine(parsed.rules, schema, mode=mode, shadow_share=0.0)
        answers[mode] = tuple(
            engine.judge(Request("Agent", "doctor", "credit", "nobody", {"amount": amount}), 0).applied
            for amount in (1, 10)
        )
    expected = (("doctor.small",), ("doctor.large",))
    wrong = [mode for mode, answer in answers.items() if answer != expected]
    if wrong:
        return Finding("policies", "problem", f"wrong answers from: {', '.join(wrong)}", _REINSTALL)
    return Finding("policies", "ok", "Cedar and the compiled rules agree")


def examine_conditions() -> Finding:
    """Ask CEL a question."""
    condition = compile_condition("size(customer.visits) > 1", Environment({"customer": MapOf("dyn")}))
    if isinstance(condition, Problem):
        return Finding("conditions", "problem", condition.cause, _REINSTALL)
    answers = [condition.holds({"customer": {"visits": visits}}) for visits in ([1], [1, 2])]
    if answers != [False, True]:
        return Finding("conditions", "problem", f"CEL answered {answers}", _REINSTALL)
    return Finding("conditions", "ok", "CEL answers as expected")
