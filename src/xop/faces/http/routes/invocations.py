"""Invocations: what became of each, from the proposal on."""

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from xop.faces.http.aftermath import earliest, follow
from xop.faces.http.explaining import decided
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.sights import whole_shown
from xop.kernel.base.times import iso
from xop.kernel.decisions.aftermath import FINAL


class Happened(Struct, frozen=True, omit_defaults=True):
    """One thing that happened to an invocation."""

    at: str
    what: str
    """approved, refused, edited, withdrawn, expired, stopped, denied, done, failed, uncertain, dropped or escalated."""
    invocation: str
    by: str = ""
    note: str = ""
    """What a person remarked."""
    detail: str = ""
    successor: str = ""
    """Of what was edited: the invocation that took its place."""
    arguments: dict[str, Any] = {}
    """Of what was edited: what was approved instead."""


class InvocationStory(Struct, frozen=True):
    """An invocation with all that became of it."""

    invocation: str
    customer: str
    action: str
    actor: str
    """Who asked for it."""
    at: str
    decision: str
    """The decision it began with."""
    over: bool
    """Whether nothing more happens to it."""
    after: list[Happened]
    """What became of it, oldest first."""


async def _show(call: Call) -> Reply:
    name = call.path["invocation"]
    first = await earliest(call, name)
    if first is None or first.entry.decision is None:
        raise ProblemError("invocation-unknown", f"there is no invocation {name[:80]!r}, or it is long past")
    stored, decision = await decided(call, first.entry.decision.id)
    after = await follow(call, stored, decision)
    if any(each.note or each.arguments for each in after):
        await whole_shown(call, stored.entry.customer, "invocations")
    told = [Happened(**(asdict(each) | {"at": iso(each.at)})) for each in after]
    story = InvocationStory(
        invocation=name,
        customer=stored.entry.customer,
        action=decision.action,
        actor=str(decision.actor),
        at=iso(decision.at),
        decision=decision.id,
        over=decision.verdict == "deny" or any(each.what in FINAL for each in after),
        after=told,
    )
    return Reply(story)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/invocations/{invocation}",
        summary="Look at what became of an invocation",
        description="Who answered it, when and with which remark, whether it was carried out, and what took its place. "
        "That remarks and other arguments were shown is recorded.",
        handler=_show,
        scope="decisions:read",
        parameters={"invocation": "The invocation's id."},
        answers=(Content(JSON, InvocationStory),),
        problems=("invocation-unknown", "decision-unknown"),
    ),
)
