"""Reach: whom a caller may touch; who is out of its reach is answered as if there were nobody."""

from xop.engine.engine import Engine, Target
from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.engagement import engaged
from xop.kernel.base.principal import Principal
from xop.kernel.commands import Evaluation
from xop.kernel.context.customer import Customer

CAUSE = "you are in no conversation or task with such a customer, or people hold it"
REMEDY = "name the conversation as `conversation`, or wait until it is handed back"


def is_bounded(principal: Principal) -> bool:
    """Say whether a principal reaches only customers it is engaged with."""
    return principal.reach == "engaged"


def is_engaged(engine: Engine, principal: Principal, customer: Customer, conversation: str | None) -> bool:
    """Say whether a principal may touch a customer now, in a conversation or task if it must."""
    now = engine.runtime.clock.now()
    asked = Invocation("", "", principal.actor, "held", now, "", conversation=conversation)
    return engaged(engine.release, customer.view, asked)


async def note_attempt(engine: Engine, attempt: Evaluation, target: Target) -> None:
    """Have the ledger tell of a wish that is refused before it is proposed, as far as it can be judged at all."""
    if attempt.action in engine.release.actions:
        await engine.submit(attempt, target)


async def is_hidden(engine: Engine, principal: Principal, target: Target, conversation: str | None) -> bool:
    """Say whether a principal must not learn if somebody is known: it is bounded, and not engaged with them.

    Whoever knows the conversation that people hold knows the customer already.
    """
    if not is_bounded(principal):
        return False
    found = await engine.customer(target)
    if found is None:
        return True
    known = found.view.conversations.get(conversation or "")
    with_people = known is not None and known.held_by.partition(":")[0] in {"operator", "partner", "queue"}
    return not with_people and not is_engaged(engine, principal, found, conversation)
