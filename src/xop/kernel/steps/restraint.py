"""Restraint: what keeps a principal from anything that is more than a question."""

from xop.kernel.base.principal import Principal
from xop.kernel.base.values import Refusal
from xop.kernel.halts.model import halting
from xop.kernel.moment import Moment

OBSERVED = Refusal("actor-observed", "whoever asks is only observed", "drop `shadow` in agents.yaml")


def kept_from(principal: Principal, moment: Moment) -> Refusal | None:
    """Return why a principal has nothing begin now: it is only observed, or halted."""
    if principal.shadow:
        return OBSERVED
    agents = (str(principal.actor),) if principal.kind == "agent" else ()
    halted = halting(moment.halts, agents)
    return Refusal("actor-halted", f"{halted!r} is halted", "wait until it is resumed") if halted else None
