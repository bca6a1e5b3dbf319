"""What came before and after a decision, read from the ledger: bounded, so that no question reads all of it."""

from collections.abc import AsyncGenerator, Collection, Iterator, Mapping
from contextlib import aclosing

from xop.faces.http.operation import Call
from xop.kernel import facts as f
from xop.kernel.decisions.aftermath import FINAL, Happening
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.kernel.facts import HaltImposed
from xop.kernel.halts.model import PLATFORM, Halted
from xop.ports.ledger import Stored

_PAGE = 256
_PAGES = 40
"""Pages that are looked through for what became of something."""

_HALTED = "halted: "

_STOPPED: Mapping[str, str] = {
    "xop.refused_by_person": "refused",
    "xop.edited_by_person": "edited",
    "xop.withdrawn": "withdrawn",
    "xop.expired": "expired",
    "xop.approval_expired": "expired",
}
"""What the codes of cancellations mean; anything else is a rule that stopped it."""


async def follow(call: Call, stored: Stored, decision: Decision) -> tuple[Happening, ...]:
    """Return what became of what a decision ruled on, oldest first; raises StorageError."""
    if not decision.invocation or decision.stage in {"evaluation", "choice"} or decision.shadow:
        return ()
    if decision.verdict == "deny" and decision.stage == "proposal":
        return ()
    ledger, after = call.platform.runtime.ledger, stored.position - 1
    names, found = {decision.invocation}, list[Happening]()
    for _ in range(_PAGES):
        page = await ledger.page(after, _PAGE, [stored.entry.origin])
        for each in page:
            for happening in _happenings(each.entry, names):
                found.append(happening)
                if happening.successor:
                    names.add(happening.successor)
                elif happening.what in FINAL:
                    return tuple(found)
        if len(page) < _PAGE:
            break
        after = page[-1].position
    return tuple(found)


async def halt_behind(call: Call, stored: Stored, decision: Decision) -> Halted | None:
    """Return the halt that a decision read of, None when nothing was halted; raises StorageError."""
    source = next((read.source for read in decision.reads if read.name == "halted"), "")
    scope, found, after = source.removeprefix(_HALTED), None, 0
    if not source.startswith(_HALTED) or scope == "nothing":
        return None
    for _ in range(_PAGES):
        page = await call.platform.runtime.ledger.page(after, _PAGE, [PLATFORM])
        for each in page:
            if each.position > stored.position:
                return found
            imposed = (fact.halted for fact in each.entry.facts if isinstance(fact, HaltImposed))
            found = next((halted for halted in imposed if halted.scope == scope), found)
        if len(page) < _PAGE:
            break
        after = page[-1].position
    return found


async def latest(call: Call, invocation: str) -> Stored | None:
    """Return the entry with the latest decision on an invocation, None when there is none or it is long past."""
    async with aclosing(_decisions_on(call, invocation)) as found:
        async for stored, _decision in found:
            return stored
    return None


async def earliest(call: Call, invocation: str) -> Stored | None:
    """Return the entry with the decision that an invocation began with, None when there is none or it is long past."""
    first: Stored | None = None
    async with aclosing(_decisions_on(call, invocation)) as found:
        async for stored, decision in found:
            first = stored
            if decision.stage == "proposal":
                break
    return first


async def _decisions_on(call: Call, invocation: str) -> AsyncGenerator[tuple[Stored, Decision]]:
    """Yield every decision on an invocation with its entry, newest first."""
    runtime = call.platform.runtime
    part = await call.platform.engine.holder(invocation)
    if part is None:
        entry = await runtime.outbox.get(invocation)
        part = entry.part if entry is not None else None
    before: int | None = None
    for _ in range(_PAGES):
        page = await runtime.ledger.decisions(before, _PAGE, None if part is None else [part])
        for stored in page:
            decision = stored.entry.decision
            if decision is not None and decision.invocation == invocation:
                yield stored, decision
        if len(page) < _PAGE:
            break
        before = page[-1].position


def _happenings(entry: Entry, invocations: Collection[str]) -> Iterator[Happening]:
    """Yield what an entry of the ledger made true of some invocations."""
    command = entry.command
    actor = getattr(command, "actor", None)
    by, note, at = str(actor) if actor is not None else "", getattr(command, "note", ""), entry.moment.at
    for fact in entry.facts:
        name = getattr(fact, "invocation", None)
        if not isinstance(name, str) or name not in invocations:
            continue
        match fact:
            case f.InvocationApproved():
                yield Happening(at, "approved", name, fact.by, note)
            case f.InvocationCancelled():
                what = _STOPPED.get(fact.code, "stopped")
                detail = fact.code if what == "stopped" else ""
                given = getattr(command, "arguments", None) if what == "edited" else None
                yield Happening(at, what, name, "" if detail else by, note, detail, fact.successor, given or {})
            case f.ProposalDenied():
                yield Happening(at, "denied", name, detail=fact.code)
            case f.InvocationDone():
                yield Happening(at, "done", name, by, note)
            case f.InvocationFailed() | f.InvocationUncertain():
                what = "failed" if isinstance(fact, f.InvocationFailed) else "uncertain"
                yield Happening(at, what, name, by, note, fact.detail)
            case f.InvocationDropped():
                yield Happening(at, "dropped", name, fact.by, note)
            case f.ApprovalEscalated():
                yield Happening(at, "escalated", name, detail=f"to the role {fact.role}")
            case _:
                continue
