"""Proposals: whoever wants something done asks here, and gets a verdict that is durable."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from xop.engine.ticket import Answer
from xop.faces.http.commanding import (
    IDEMPOTENCY_KEY,
    Reference,
    ShortText,
    Verdict,
    command_name,
    submit,
    verdict,
)
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.targets import target
from xop.kernel.commands import Proposal
from xop.kernel.facts import (
    Fact,
    InvocationCancelled,
    InvocationDone,
    InvocationFailed,
    InvocationUncertain,
)

LONGEST_WAIT = 30.0
"""Seconds a proposal may wait for its outcome."""


class ProposalRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A wish to perform an action for a customer."""

    action: ShortText
    customer: Reference
    arguments: dict[str, Any] = {}
    purpose: ShortText | None = None
    """Why; the action's own purpose when left out."""
    conversation: ShortText | None = None
    """The interaction in which it is made: verifications count per interaction."""
    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 0.0
    """How many seconds to wait for the outcome of a permitted or held invocation."""


class Outcome(Struct, frozen=True, omit_defaults=True):
    """What came of an invocation so far."""

    status: Literal["pending", "done", "failed", "uncertain", "cancelled"]
    output: Any | UnsetType = UNSET
    detail: str = ""


class ProposalAnswer(Verdict, frozen=True, omit_defaults=True, kw_only=True):
    """The verdict on a proposal; durable by the time it is read."""

    customer: str
    position: int
    """Its place in the ledger."""
    duplicate: bool
    """Whether it had been made before: this is the first answer again."""
    outcome: Outcome | UnsetType = UNSET
    """What came of it, if the proposal said to wait."""


async def _propose(call: Call) -> Reply:
    asked: ProposalRequest = call.body
    command = Proposal(
        id=command_name(call, "proposal"),
        actor=call.actor,
        action=asked.action,
        arguments=asked.arguments,
        purpose=asked.purpose,
        conversation=asked.conversation,
    )
    answer = await submit(call, command, target(call.platform.engine.release, asked.customer))
    decision = answer.decision
    if decision is None:
        raise ProblemError("internal", "the proposal was taken without a verdict")
    ruled = verdict(decision)
    outcome: Outcome | UnsetType = UNSET
    if asked.wait and decision.verdict != "deny":
        outcome = await _outcome(call, answer, asked.wait)
    reply = ProposalAnswer(
        decision=ruled.decision,
        verdict=ruled.verdict,
        code=ruled.code,
        reasons=ruled.reasons,
        invocation=ruled.invocation,
        until=ruled.until,
        due=ruled.due,
        approvers=ruled.approvers,
        obligations=ruled.obligations,
        notices=ruled.notices,
        customer=answer.customer,
        position=answer.position,
        duplicate=answer.duplicate,
        outcome=outcome,
    )
    return Reply(reply, headers=((b"x-decision-id", decision.id.encode()),))


async def _outcome(call: Call, answer: Answer, seconds: float) -> Outcome:
    """Return what comes of a proposal's invocation within some seconds; one proposed before may be over already."""
    entry, decision = answer.entry, answer.decision
    if entry is None or decision is None:
        return Outcome("pending")
    ending = await call.platform.engine.ended(decision.invocation, entry.origin, answer.position, seconds)
    return Outcome("pending") if ending is None else _told(ending)


def _told(ending: Fact) -> Outcome:
    match ending:
        case InvocationDone():
            return Outcome("done", output=ending.output)
        case InvocationFailed():
            return Outcome("failed", detail=ending.detail)
        case InvocationUncertain():
            return Outcome("uncertain", detail=ending.detail)
        case InvocationCancelled():
            return Outcome("cancelled", detail=ending.code)
        case _:
            return Outcome("pending")


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/proposals",
        summary="Propose an action",
        description="Answers with the verdict once it is durable. Whoever proposes takes the same road.",
        handler=_propose,
        scope="proposals:write",
        reads=(IDEMPOTENCY_KEY,),
        sends=(Header("X-Decision-Id", "The decision's id."),),
        body=(Content(JSON, ProposalRequest),),
        answers=(Content(JSON, ProposalAnswer),),
        answered="The verdict",
        problems=(
            "customer-unknown",
            "identifier-refused",
            "action-unknown",
            "arguments-unfit",
            "purpose-unfit",
            "command-conflict",
        ),
    ),
)
