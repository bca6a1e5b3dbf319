"""The answer of one kernel step."""

from msgspec import Struct

from xop.kernel.base.values import Refusal
from xop.kernel.commands import Signal
from xop.kernel.context.customer import Customer
from xop.kernel.decisions.model import Decision, Evidence
from xop.kernel.effects import Effect
from xop.kernel.facts import Fact


class Step(Struct, frozen=True):
    """What became true, what the outside must do, and the decision if there was something to rule on."""

    facts: tuple[Fact, ...] = ()
    effects: tuple[Effect, ...] = ()
    decision: Decision | None = None
    evidence: Evidence | None = None
    after: Customer | None = None
    """The customer with the facts folded in; None when nothing became true."""
    told: tuple[Signal, ...] = ()
    """Signals that it took in besides, for runs and choices to hear."""
    refusal: Refusal | None = None
    """Why the command could not be taken up at all; nothing changes then."""
