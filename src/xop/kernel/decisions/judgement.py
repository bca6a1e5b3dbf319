"""What a decision says, for comparison with what another says."""

from typing import Any

from xop.kernel.decisions.model import Decision


def judgement(decision: Decision) -> tuple[Any, ...]:
    """Return what a decision says, without when and under which release."""
    return (
        decision.stage,
        decision.verdict,
        decision.code,
        decision.until,
        decision.approvers,
        decision.people,
        decision.obligations,
    )
