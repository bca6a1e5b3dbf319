"""Halts: stopping agents, actions, connections or everything, and letting them go on."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Text, command_name, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.kernel.base.times import iso
from xop.kernel.commands import Halt, Resume
from xop.kernel.halts.model import PLATFORM, Halted, HaltImposed, HaltLifted
from xop.ports.ledger import Stored

Scope = Annotated[
    str, Meta(min_length=1, max_length=100, description="`all`, or `agent:`, `action:` or `connection:` and a name.")
]


_PAGE = 200
_MOST_PAGES = 50
"""Pages of the platform's own entries that are looked through for one list."""


class HaltRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to stop, or to go on, and why."""

    scope: Scope
    reason: Text = ""


class HaltView(Struct, frozen=True):
    """One thing that is halted."""

    scope: str
    by: str
    """Who halted it: anybody else may resume it."""
    at: str
    reason: str


class HaltQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which halts and resumptions to list."""

    scope: Scope | None = None
    """Only those of this scope."""
    before: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    """The position to go on before, as `next` of the page before says."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class HaltChange(Struct, frozen=True):
    """One halt, or one resumption."""

    what: Literal["halted", "resumed"]
    scope: str
    by: str
    at: str
    reason: str


class HaltHistory(Struct, frozen=True):
    """Halts and resumptions, newest first; a page may be short of its limit and yet not the last."""

    changes: list[HaltChange]
    next: int | None
    """What to ask for as `before` to see more; null at the end."""


class HaltList(Struct, frozen=True):
    """Everything that is halted."""

    halts: list[HaltView]


async def _list(call: Call) -> Reply:
    return Reply(_halts(call))


async def _halt(call: Call) -> Reply:
    asked: HaltRequest = call.body
    await submit(call, Halt(command_name(call, "halt"), call.actor, asked.scope, asked.reason), PLATFORM)
    return Reply(_halts(call))


async def _resume(call: Call) -> Reply:
    asked: HaltRequest = call.body
    await submit(call, Resume(command_name(call, "resume"), call.actor, asked.scope, asked.reason), PLATFORM)
    return Reply(_halts(call))


async def _history(call: Call) -> Reply:
    asked: HaltQuery = call.query
    found: list[HaltChange] = []
    before = asked.before
    for _ in range(_MOST_PAGES):
        page = await call.platform.runtime.ledger.latest(before, _PAGE, [PLATFORM])
        for stored in page:
            found += [change for change in _changes(stored) if asked.scope in {None, change.scope}]
            if len(found) >= asked.limit:
                return Reply(HaltHistory(found, stored.position))
        if len(page) < _PAGE:
            return Reply(HaltHistory(found, None))
        before = page[-1].position
    return Reply(HaltHistory(found, before))


def _changes(stored: Stored) -> Iterator[HaltChange]:
    at = iso(stored.entry.moment.at)
    for fact in reversed(stored.entry.facts):
        if isinstance(fact, HaltImposed):
            halted = fact.halted
            yield HaltChange("halted", halted.scope, halted.by, at, halted.reason)
        elif isinstance(fact, HaltLifted):
            yield HaltChange("resumed", fact.scope, fact.by, at, fact.reason)


def halt_view(halted: Halted) -> HaltView:
    """Return something that is halted as callers see it."""
    return HaltView(halted.scope, halted.by, iso(halted.at), halted.reason)


def _halts(call: Call) -> HaltList:
    return HaltList([halt_view(each) for each in call.platform.engine.halted.values()])


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/halts",
        summary="List what is halted",
        handler=_list,
        scope="decisions:read",
        answers=(Content(JSON, HaltList),),
    ),
    Operation(
        method="GET",
        path="/v1/halts/history",
        summary="List halts and resumptions",
        description="Who halted what, when and why, and who let it go on.",
        handler=_history,
        scope="decisions:read",
        query=HaltQuery,
        answers=(Content(JSON, HaltHistory),),
    ),
    Operation(
        method="POST",
        path="/v1/halts",
        summary="Halt an agent, an action, a connection or everything",
        description="Durable and at once: what is proposed from now on is denied, what was permitted before waits.",
        handler=_halt,
        scope="halts:write",
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, HaltRequest),),
        answers=(Content(JSON, HaltList),),
        problems=("halt-scope", "command-conflict"),
    ),
    Operation(
        method="POST",
        path="/v1/halts/resumption",
        summary="Let what was halted go on",
        description="By another person than halted it.",
        handler=_resume,
        scope="halts:write",
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, HaltRequest),),
        answers=(Content(JSON, HaltList),),
        problems=("halt-unknown", "halt-own", "halt-person", "command-conflict"),
    ),
)
