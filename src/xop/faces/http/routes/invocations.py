"""Approvals: a person's answer to an invocation that is held for one."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Text, Verdict, command_name, submit, verdict
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.kernel.commands import Approval
from xop.kernel.facts import InvocationCancelled, InvocationHeld, InvocationQueued


class ApprovalRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer."""

    approved: bool
    note: Text = ""


class ApprovalAnswer(Struct, frozen=True, omit_defaults=True):
    """What became of the invocation."""

    invocation: str
    status: Literal["queued", "held", "cancelled"]
    position: int
    duplicate: bool
    ruling: Verdict | UnsetType = UNSET
    """The verdict after an approval: the rules have the last word even then."""


async def _approve(call: Call) -> Reply:
    name, asked = call.path["invocation"], call.body
    part = await call.platform.engine.holder(name)
    if part is None:
        entry = await call.platform.runtime.outbox.get(name)
        if entry is None:
            raise ProblemError("invocation-unknown", f"no invocation {name[:80]!r} is held")
        part = entry.part
    command = Approval(command_name(call, "approval", name), call.actor, name, asked.approved, asked.note)
    answer = await submit(call, command, part)
    facts = answer.entry.facts if answer.entry is not None else ()
    status: Literal["queued", "held", "cancelled"] = "queued"
    for fact in facts:
        if isinstance(fact, InvocationCancelled | InvocationHeld | InvocationQueued):
            status = _STATUS[type(fact)]
    ruling = verdict(answer.decision) if answer.decision is not None else UNSET
    return Reply(ApprovalAnswer(name, status, answer.position, answer.duplicate, ruling))


_STATUS: dict[type, Literal["queued", "held", "cancelled"]] = {
    InvocationCancelled: "cancelled",
    InvocationHeld: "held",
    InvocationQueued: "queued",
}

OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/invocations/{invocation}/approval",
        summary="Approve or refuse a held invocation",
        handler=_approve,
        scope="approvals:write",
        parameters={"invocation": "The invocation's id."},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ApprovalRequest),),
        answers=(Content(JSON, ApprovalAnswer),),
        problems=(
            "invocation-unknown",
            "customer-unknown",
            "approval-not-open",
            "approval-own",
            "approval-role",
            "command-conflict",
        ),
    ),
)
