"""Sights: what of a customer is seen in the course of work, beside their context, and the record of it."""

from msgspec.structs import replace

from xop.faces.http.disclosure import Look, look_by_link, look_of, record
from xop.faces.http.endpoint import NOBODY
from xop.faces.http.operation import Call
from xop.kernel.actions.invocation import Invocation
from xop.kernel.decisions.model import Decision, Evidence
from xop.kernel.privacy.classes import Access
from xop.kernel.privacy.screen import Screen
from xop.ports.ledger import Stored

_EVERYTHING = Access(everything=True)

_OWN = frozenset({"arguments", "facts", "features"})
"""What a verdict reads that is of no section of the context, and so of no class."""


async def invocation_shown(call: Call, part: str, invocation: Invocation) -> None:
    """Have the ledger tell that somebody who is to answer an invocation is shown all of it; raises as `record` does."""
    release = call.platform.engine.release
    screen, compiled = Screen(release.privacy, _EVERYTHING), release.actions.get(invocation.action)
    screen.arguments(compiled.action.input if compiled is not None else {}, invocation.arguments)
    if invocation.address:
        screen.passes("identifiers", invocation.address.partition(":")[0])
    await _record(call, part, screen)


async def whole_shown(call: Call, customer: str, what: str) -> None:
    """Have the ledger tell that somebody is shown something whole, such as a request; raises as `record` does."""
    screen = Screen(call.platform.engine.release.privacy, _EVERYTHING)
    screen.passes(what)
    await _record(call, customer, screen)


async def evidence_shown(call: Call, stored: Stored, decision: Decision) -> Evidence | None:
    """Return as much of what a decision rests on as its caller may see; raises as `record` does."""
    evidence = await call.platform.runtime.evidence.get(decision.id)
    if evidence is None:
        return None
    screen = Screen(call.platform.engine.release.privacy, _look(call).access)
    values = {name: value for name, value in evidence.values.items() if _passes(screen, name)}
    await _record(call, stored.entry.customer, screen)
    return replace(evidence, values=values)


def may_see(call: Call, name: str) -> bool:
    """Say whether a caller may see the value of something that a verdict read, by its name."""
    return _passes(Screen(call.platform.engine.release.privacy, _look(call).access), name)


def _passes(screen: Screen, name: str) -> bool:
    section, _, rest = name.partition(".")
    if section in _OWN:
        return screen.passes("facts", name)
    return screen.passes("flags", rest) if section == "flags" else section != "assurance" or screen.passes("assurance")


def _look(call: Call) -> Look:
    release = call.platform.engine.release
    if call.caller is NOBODY:
        return look_by_link(release)
    return look_of(release, call.caller.principal, getattr(call.query, "purpose", None))


async def _record(call: Call, reference: str, screen: Screen) -> None:
    engine = call.platform.engine
    customer = await engine.customer(reference)
    if customer is not None and (screen.shown or screen.left_out):
        await record(engine, _look(call), customer, screen)
