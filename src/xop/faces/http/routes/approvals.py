"""Approvals: what waits for a person's word, and the word itself."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from xop.engine.engine import Engine
from xop.faces.http.commanding import IDEMPOTENCY_KEY, Text, Verdict, command_name, submit, verdict
from xop.faces.http.operation import IN_LANGUAGE, JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.sights import invocation_shown
from xop.kernel.actions.cost import cost_of
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import Actor
from xop.kernel.base.phrase import spoken
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Approval, Withdrawal
from xop.kernel.decisions.reasons import reasons_told
from xop.kernel.facts import InvocationCancelled, InvocationHeld, InvocationQueued
from xop.kernel.release import Release
from xop.kernel.steps.approval import answering_roles, present_binding, present_request
from xop.kernel.steps.proposal import HOLD, hold_key

_PAGE = 200
"""Timers looked at together."""


class ApprovalQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which open requests to list."""

    all: bool = False
    """Also those that somebody else must answer."""
    after: Annotated[str, Meta(max_length=100)] | None = None
    """The request to go on behind, as `next` of the page before says."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class ApprovalSummary(Struct, frozen=True):
    """One open request in short."""

    invocation: str
    customer: str
    """The part of the customer it is about."""
    action: str
    actor: str
    """Who asks."""
    purpose: str
    at: str
    """When it was asked for."""
    answer_by: str
    """When it is refused for want of an answer."""
    approvers: tuple[str, ...]
    people: int
    """How many different people must approve."""
    approved_by: tuple[str, ...]
    reasons: tuple[str, ...]
    """Why it waits."""
    mine: bool
    """Whether the caller may answer it."""


class ApprovalPage(Struct, frozen=True):
    """Open requests; a page may be short of its limit and yet not the last."""

    approvals: list[ApprovalSummary]
    next: str | None
    """What to ask for as `after` to see more; null at the end."""


class Asker(Struct, frozen=True):
    """The AI agent that asks, as the workspace declares it."""

    description: str
    owner: str
    """Who answers for it."""
    maker: str
    model: str
    autonomy: str
    """How far it acts on its own in this action."""


class ApprovalDetail(ApprovalSummary, frozen=True, kw_only=True):
    """One open request with all that whoever answers must know."""

    description: str
    """What the action does."""
    arguments: dict[str, Any]
    risk: str
    address: str | None
    conversation: str | None
    decision: str
    binding: str
    """What an approval is bound to: send it along, so that nothing but this is approved."""
    cost: str
    """What it costs or moves, as an amount and a currency; empty when its contract says nothing of it."""
    asker: Asker | None
    """The agent that asks; null for anybody else."""


class ApprovalRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer."""

    approved: bool
    note: Text = ""
    binding: Annotated[str, Meta(max_length=64)] = ""
    """The binding of what was looked at."""
    arguments: dict[str, Any] | None = None
    """Other arguments to approve instead: they become the caller's own proposal, and the one that was asked is over."""


class ApprovalAnswer(Struct, frozen=True, omit_defaults=True):
    """What became of the invocation."""

    invocation: str
    status: Literal["queued", "held", "cancelled"]
    position: int
    duplicate: bool
    ruling: Verdict | UnsetType = UNSET
    """The verdict after an approval: the rules have the last word even then."""
    successor: str = ""
    """The invocation that took its place, when something else was approved."""
    people: int = 1
    """How many different people must approve what is still held."""
    approved_by: tuple[str, ...] = ()
    """Who has approved what is still held."""


class WithdrawalAnswer(Struct, frozen=True):
    """What was taken back."""

    invocation: str
    status: Literal["cancelled"]
    position: int
    duplicate: bool


async def _list(call: Call) -> Reply:
    asked: ApprovalQuery = call.query
    found: list[ApprovalSummary] = []
    after = hold_key(asked.after) if asked.after else None
    async for key, part, invocation in _open(call.platform.engine, after):
        if asked.all or may_answer(call, call.actor, invocation):
            found.append(await _summary(call, part, invocation))
        if len(found) == asked.limit:
            return Reply(ApprovalPage(found, key.removeprefix(HOLD)))
    return Reply(ApprovalPage(found, None))


async def _open(engine: Engine, after: str | None) -> AsyncIterator[tuple[str, str, Invocation]]:
    """Yield every invocation that waits for an approval, as of now, with the key of its timer and the part it is about."""
    while timers := await engine.runtime.timers.page(HOLD, after, _PAGE):
        for timer in timers:
            invocation = await _held(engine, timer.part, timer.key.removeprefix(HOLD))
            if invocation is not None:
                yield timer.key, timer.part, invocation
        after = timers[-1].key


async def _held(engine: Engine, part: str, name: str) -> Invocation | None:
    customer = await engine.customer(part)
    known = customer.part(part).invocations.get(name) if customer is not None else None
    if customer is None or known is None or known.status != "held" or known.until != "approval":
        return None
    return present_request(engine.release, customer, known, part, engine.runtime.clock.now())


async def find(call: Call, name: str) -> tuple[str, Invocation]:
    """Return an open request and the part it is about; raises ProblemError (404)."""
    part = await call.platform.engine.holder(name)
    invocation = await _held(call.platform.engine, part, name) if part is not None else None
    if part is None or invocation is None:
        raise ProblemError("invocation-unknown", f"no invocation {name[:80]!r} waits for an approval")
    return part, invocation


async def _show(call: Call) -> Reply:
    part, invocation = await find(call, call.path["invocation"])
    return Reply(await detail(call, part, invocation))


async def detail(call: Call, part: str, invocation: Invocation) -> ApprovalDetail:
    """Return an open request with all that whoever answers must know."""
    await invocation_shown(call, part, invocation)
    engine, short = call.platform.engine, await _summary(call, part, invocation)
    customer = await engine.customer(part)
    compiled = engine.release.actions.get(invocation.action)
    now = call.platform.runtime.clock.now()
    return ApprovalDetail(
        invocation=short.invocation,
        customer=short.customer,
        action=short.action,
        actor=short.actor,
        purpose=short.purpose,
        at=short.at,
        answer_by=short.answer_by,
        approvers=short.approvers,
        people=short.people,
        approved_by=short.approved_by,
        reasons=short.reasons,
        mine=short.mine,
        description=compiled.action.description if compiled is not None else "",
        arguments=invocation.arguments,
        risk=compiled.action.risk if compiled is not None else "",
        address=invocation.address,
        conversation=invocation.conversation,
        decision=invocation.decision,
        binding=present_binding(engine.release, customer, invocation, part, now) if customer is not None else "",
        cost=cost_of(compiled.action, invocation.arguments) if compiled is not None else "",
        asker=_asker(engine.release, invocation),
    )


def _asker(release: Release, invocation: Invocation) -> Asker | None:
    principal = release.principals.get(invocation.actor)
    if principal is None or principal.kind != "agent":
        return None
    compiled = release.actions.get(invocation.action)
    groups = compiled.action.groups if compiled is not None else ()
    autonomy = principal.autonomy_in(invocation.action, groups)
    return Asker(principal.description, principal.owner, principal.maker, principal.model, autonomy)


async def _summary(call: Call, part: str, invocation: Invocation) -> ApprovalSummary:
    stored = await call.platform.runtime.ledger.decided(invocation.decision)
    decision = stored.entry.decision if stored is not None else None
    return ApprovalSummary(
        invocation=invocation.id,
        customer=part,
        action=invocation.action,
        actor=str(invocation.actor),
        purpose=invocation.purpose,
        at=iso(invocation.at),
        answer_by=iso(invocation.answer_by or invocation.expires_at),
        approvers=invocation.approvers,
        people=invocation.people,
        approved_by=invocation.approved_by,
        reasons=tuple(spoken(reasons_told(decision), call.speech.say)) if decision is not None else (),
        mine=may_answer(call, call.actor, invocation),
    )


def may_answer(call: Call, actor: Actor, invocation: Invocation) -> bool:
    """Say whether somebody may answer an open request."""
    roles = answering_roles(call.platform.engine.release, invocation, actor, approved=True)
    return not isinstance(roles, Refusal)


async def _answer(call: Call) -> Reply:
    name, asked = call.path["invocation"], call.body
    command = Approval(
        id=command_name(call, "approval", name),
        actor=call.actor,
        invocation=name,
        approved=asked.approved,
        note=asked.note,
        binding=asked.binding,
        arguments=asked.arguments,
    )
    return Reply(await answered(call, command))


async def answered(call: Call, command: Approval) -> ApprovalAnswer:
    """Submit a person's answer and return what became of the invocation; raises ProblemError."""
    part = await _place(call, command.invocation)
    answer = await submit(call, command, part)
    status: Literal["queued", "held", "cancelled"] = "queued"
    successor = ""
    for fact in answer.entry.facts if answer.entry is not None else ():
        if isinstance(fact, InvocationCancelled | InvocationHeld | InvocationQueued):
            status = _STATUS[type(fact)]
        if isinstance(fact, InvocationCancelled):
            successor = fact.successor
    ruling = verdict(answer.decision) if answer.decision is not None else UNSET
    told = ApprovalAnswer(command.invocation, status, answer.position, answer.duplicate, ruling, successor)
    held = await _held(call.platform.engine, part, command.invocation) if status == "held" else None
    return told if held is None else replace(told, people=held.people, approved_by=held.approved_by)


async def _withdraw(call: Call) -> Reply:
    name = call.path["invocation"]
    command = Withdrawal(command_name(call, "withdrawal", name), call.actor, name)
    answer = await submit(call, command, await _place(call, name))
    return Reply(WithdrawalAnswer(name, "cancelled", answer.position, answer.duplicate))


async def _place(call: Call, name: str) -> str:
    """Return the part an invocation is about; raises ProblemError (404)."""
    part = await call.platform.engine.holder(name)
    if part is not None:
        return part
    entry = await call.platform.runtime.outbox.get(name)
    if entry is None:
        raise ProblemError("invocation-unknown", f"no invocation {name[:80]!r} is held")
    return entry.part


_STATUS: dict[type, Literal["queued", "held", "cancelled"]] = {
    InvocationCancelled: "cancelled",
    InvocationHeld: "held",
    InvocationQueued: "queued",
}
_NAME = {"invocation": "The invocation's id."}
REFUSALS = (
    "invocation-unknown",
    "customer-unknown",
    "approval-not-open",
    "approval-own",
    "approval-conflict",
    "approval-untrained",
    "approval-role",
    "approval-twice",
    "approval-outdated",
    "arguments-unfit",
    "command-conflict",
)

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/approvals",
        summary="List what waits for an approval",
        description="What the caller may answer, and on asking everything that is open.",
        handler=_list,
        scope="approvals:write",
        query=ApprovalQuery,
        reads=(IN_LANGUAGE,),
        answers=(Content(JSON, ApprovalPage),),
    ),
    Operation(
        method="GET",
        path="/v1/approvals/{invocation}",
        summary="Look at an open request for approval",
        handler=_show,
        scope="approvals:write",
        parameters=_NAME,
        reads=(IN_LANGUAGE,),
        answers=(Content(JSON, ApprovalDetail),),
        problems=("invocation-unknown",),
    ),
    Operation(
        method="POST",
        path="/v1/invocations/{invocation}/approval",
        summary="Approve or refuse a held invocation, or approve something else instead",
        handler=_answer,
        scope="approvals:write",
        parameters=_NAME,
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ApprovalRequest),),
        answers=(Content(JSON, ApprovalAnswer),),
        problems=REFUSALS,
    ),
    Operation(
        method="POST",
        path="/v1/invocations/{invocation}/withdrawal",
        summary="Take back a proposal of one's own that has not started",
        handler=_withdraw,
        scope="proposals:write",
        parameters=_NAME,
        reads=(IDEMPOTENCY_KEY,),
        answers=(Content(JSON, WithdrawalAnswer),),
        problems=(
            "invocation-unknown",
            "customer-unknown",
            "invocation-not-open",
            "invocation-not-own",
            "command-conflict",
        ),
    ),
)
