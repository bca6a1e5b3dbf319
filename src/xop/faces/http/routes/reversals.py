"""Reversals: undoing what was carried out, by the action that its contract names."""

from msgspec import Struct
from msgspec.structs import asdict

from xop.engine.reversal import reversal
from xop.faces.http.commanding import ShortText, Verdict, submit, verdict
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import ProblemError, refused
from xop.kernel.base.values import Refusal


class ReversalRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The wish to undo an invocation."""

    conversation: ShortText | None = None
    """The interaction in which it is made."""


class ReversalAnswer(Verdict, frozen=True, omit_defaults=True, kw_only=True):
    """The verdict on undoing an invocation; it is judged as any proposal is."""

    reverses: str
    """The invocation that it undoes."""
    action: str
    """The action that undoes it."""
    customer: str
    position: int
    """Its place in the ledger."""
    duplicate: bool
    """Whether it was asked for before: this is the first answer again."""


async def _reverse(call: Call) -> Reply:
    name, asked = call.path["invocation"], call.body
    engine = call.platform.engine
    wish = await reversal(call.platform.runtime, engine.release, name, call.actor, asked.conversation)
    if isinstance(wish, Refusal):
        raise refused(wish)
    answer = await submit(call, wish.proposal, wish.part)
    decision = answer.decision
    if decision is None:
        raise ProblemError("internal", "the proposal was taken without a verdict")
    reply = ReversalAnswer(
        **asdict(verdict(decision)),
        reverses=name,
        action=wish.proposal.action,
        customer=answer.customer,
        position=answer.position,
        duplicate=answer.duplicate,
    )
    return Reply(reply, headers=((b"x-decision-id", decision.id.encode()),))


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/invocations/{invocation}/reversal",
        summary="Undo what was carried out",
        description="Proposes the action that the contract names, with arguments made of what was asked and what came "
        "of it. Asked again while it is open it changes nothing; after a refusal it may be asked for anew.",
        handler=_reverse,
        scope="proposals:write",
        parameters={"invocation": "The invocation's id."},
        sends=(Header("X-Decision-Id", "The decision's id."),),
        body=(Content(JSON, ReversalRequest),),
        answers=(Content(JSON, ReversalAnswer),),
        answered="The verdict",
        problems=(
            "invocation-unknown",
            "customer-unknown",
            "reversal-not-done",
            "reversal-done",
            "reversal-open",
            "reversal-none",
            "reversal-impossible",
            "action-unknown",
            "arguments-unfit",
            "command-conflict",
        ),
    ),
)
