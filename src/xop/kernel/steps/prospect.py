"""Prospects: what the arbiter would say of an action now, without anything coming of it."""

from msgspec import Struct

from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.case import build_case
from xop.kernel.arbiter.ruling import rule
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Evaluation
from xop.kernel.context.customer import Customer
from xop.kernel.handovers.packet import Ruled
from xop.kernel.moment import Moment
from xop.kernel.release import CompiledAction, Release

NO_ACTION = "action-unknown"

UNFIT = "arguments-unfit"


class Prospect(Struct, frozen=True):
    """What the arbiter would say, and why."""

    verdict: Ruled
    code: str
    reasons: tuple[str, ...] = ()
    until: str = ""


def foresee(release: Release, customer: Customer, wish: Evaluation, moment: Moment, *, given: bool = True) -> Prospect:
    """Return the verdict that a proposal would get now; unless the arguments are `given`, what holds whatever they are.

    Facts that must be fetched are known only where the moment has them; a verdict that hangs on one is `unknown`.
    """
    compiled = release.actions.get(wish.action)
    if compiled is None:
        return Prospect("unknown", NO_ACTION, (f"There is no action {wish.action!r}.",))
    misfit = compiled.misfit(wish.arguments) if given else None
    if misfit is not None:
        return Prospect("unknown", UNFIT, (misfit,))
    case = build_case(release, customer, compiled, _invocation(compiled, wish, moment), moment)
    decision = rule(case, "evaluation", wish.id).decision
    reasons = tuple(each.message for each in decision.reasons if not each.lost)
    verdict: Ruled = "unknown" if case.unknown or decision.error else decision.verdict
    return Prospect(verdict, decision.code, reasons, decision.until)


def _invocation(compiled: CompiledAction, wish: Evaluation, moment: Moment) -> Invocation:
    action = compiled.action
    return Invocation(
        id="inv_prospect",
        action=action.name,
        actor=wish.actor,
        status="queued",
        at=moment.at,
        purpose=wish.purpose or action.purpose,
        channel=action.channel,
        arguments=wish.arguments,
        conversation=wish.conversation,
        expires_at=moment.at + milliseconds(action.valid_for),
        not_before=moment.at,
    )
