"""Explaining: a decision found, with all that its explanations are made from."""

import logging

from xop.engine.hindsight import recorded
from xop.faces.http.aftermath import follow, halt_behind, latest
from xop.faces.http.operation import Call
from xop.faces.http.problems import UNAVAILABLE, ProblemError
from xop.faces.http.reach import is_bounded, is_engaged
from xop.faces.http.sights import evidence_shown
from xop.faces.http.targets import conversation_of
from xop.kernel.base.ids import derive
from xop.kernel.base.phrase import Speech
from xop.kernel.commands import Explain
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.account import Account, Entered, account_of
from xop.ports.ledger import Stored

LOG = logging.getLogger("xop.explanations")

INVOCATION = "inv_"

_WINDOW = 600_000
"""Milliseconds in which the same explanation by the same actor is recorded once."""


async def decided(call: Call, name: str) -> tuple[Stored, Decision]:
    """Return a decision by its id, or by its invocation's the latest one, with its entry; raises ProblemError (404)."""
    ledger = call.platform.runtime.ledger
    stored = await (latest(call, name) if name.startswith(INVOCATION) else ledger.decided(name))
    decision = stored.entry.decision if stored is not None else None
    if stored is None or decision is None or not await _may_read(call, stored):
        cause = f"there is no decision {name[:80]!r}, or the customer it was on has been erased with all that was kept"
        raise ProblemError("decision-unknown", cause)
    return stored, decision


async def _may_read(call: Call, stored: Stored) -> bool:
    """Say whether a caller may read a decision: one about somebody within its reach, in the conversation it was made in."""
    principal, engine = call.caller.principal, call.platform.engine
    if not is_bounded(principal):
        return True
    found = await engine.customer(stored.entry.customer)
    conversation = getattr(stored.entry.command, "conversation", None) or conversation_of(call)
    return found is not None and is_engaged(engine, principal, found, conversation)


def speech_in(call: Call, language: str | None) -> Speech:
    """Return how the caller is spoken to; raises ProblemError (400) for a language that there is no catalogue of."""
    if language is None:
        return call.speech
    found = call.face.speeches(language, "")
    if found is None:
        cause = f"in the query: there is no catalogue of the language {language!r}"
        raise ProblemError("parameter-invalid", cause, f"put `{language}.po` into `catalogues` in the data folder")
    return found


async def account(call: Call, stored: Stored, decision: Decision) -> Account:
    """Return all that a decision is explained by; raises StorageError."""
    platform = call.platform
    runtime = platform.runtime
    place = await runtime.leaves.place(decision.id)
    entered = Entered(
        runtime.origin, platform.engine.log.head.verifier.vkey, place.index if place is not None else None
    )
    return account_of(
        decision,
        await evidence_shown(call, stored, decision),
        await recorded(runtime.ledger, stored, platform.release),
        entered,
        await follow(call, stored, decision),
        await halt_behind(call, stored, decision),
    )


async def delivered(call: Call, stored: Stored, decision: Decision, language: str) -> bool:
    """Have the ledger tell that the customer is given an explanation; False when that cannot be.

    Raises `Overloaded`, `Stopping` or `StorageError` when it cannot be and nobody but a person may give it unrecorded.
    """
    engine, actor = call.platform.engine, call.actor
    window = str(engine.runtime.clock.now() // _WINDOW)
    name = derive("explained", str(actor), decision.id, language, window)
    command = Explain(name, actor, decision.id, language, decision.invocation)
    try:
        await engine.submit(command, stored.entry.origin)
    except UNAVAILABLE:
        if actor.kind != "operator":
            raise
        if engine.running:
            LOG.warning("an explanation given by %s could not be recorded", actor)
        return False
    return True
