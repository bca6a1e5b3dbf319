"""Halts: stopping agents, actions, connections or everything, and letting them go on."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Text, command_name, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.kernel.base.times import iso
from xop.kernel.commands import Halt, Resume
from xop.kernel.halts.model import PLATFORM

Scope = Annotated[
    str, Meta(min_length=1, max_length=100, description="`all`, or `agent:`, `action:` or `connection:` and a name.")
]


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


def _halts(call: Call) -> HaltList:
    halted = call.platform.engine.halted.values()
    return HaltList([HaltView(each.scope, each.by, iso(each.at), each.reason) for each in halted])


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
