"""What an action's being carried out means for the customer's context: signals taken in by the same step."""

from typing import Any

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.context import ACTING
from xop.kernel.base.actor import SYSTEM
from xop.kernel.commands import Signal
from xop.kernel.conditions import Fault
from xop.kernel.picture import instant, picture, sections_read
from xop.kernel.release import CompiledTold, Release
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.signal import take_in, unfit


def tell(release: Release, draft: Draft, invocation: Invocation, output: Any) -> tuple[Signal, ...]:
    """Take in every signal that an invocation's action tells, and return them for others to hear."""
    compiled = release.actions.get(invocation.action)
    told: list[Signal] = []
    for number, each in enumerate(compiled.tells if compiled is not None else ()):
        signal = _signal(release, draft, invocation, each, (number, output))
        if isinstance(signal, Fault):
            draft.add(f.ChangeSkipped(f"{invocation.action}/tells#{number + 1}", signal.cause))
        elif signal is not None:
            take_in(release, draft, signal)
            told.append(signal)
    return tuple(told)


def _signal(
    release: Release, draft: Draft, invocation: Invocation, told: CompiledTold, outcome: tuple[int, Any]
) -> Signal | Fault | None:
    """Return the signal, None when its condition does not hold, or why it cannot be told."""
    number, output = outcome
    at = draft.moment.at
    data = {
        "arguments": invocation.arguments,
        "output": output,
        "invocation": {"id": invocation.id, "conversation": invocation.conversation or ""},
        "customer": picture(release, draft.customer.view, at, sections_read(told.paths)),
        "now": instant(at),
    }
    if told.condition is not None:
        holds = told.condition.holds(data)
        if holds is not True:
            return holds if isinstance(holds, Fault) else None
    filled = told.data.render(data)
    if isinstance(filled, Fault):
        return filled
    name = f"told:{invocation.id}:{number}"
    asker = invocation.asked_by or (invocation.actor if invocation.actor.kind not in ACTING else None)
    signal = Signal(
        name, told.told.signal, "xop", at, SYSTEM, data=filled if isinstance(filled, dict) else {}, asked_by=asker
    )
    refusal = unfit(release, signal)
    return signal if refusal is None else Fault(refusal.cause)
