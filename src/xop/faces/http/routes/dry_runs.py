"""Dry runs: what the verdict on a proposal would be, without anything being done."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Reference, ShortText, Verdict, command_name, submit, verdict
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.targets import target
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Evaluation

Asker = Annotated[
    str, Meta(pattern=r"^(agent|operator|partner|source):.{1,100}$", description="A principal as `kind:id`.")
]


class EvaluationRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A proposal that somebody might make."""

    action: ShortText
    customer: Reference
    arguments: dict[str, Any] = {}
    purpose: ShortText | None = None
    """Why; the action's own purpose when left out."""
    conversation: ShortText | None = None
    """The interaction in which it would be made."""
    actor: Asker | None = None
    """Who would make it, when that is not the caller; takes the scope `evaluations:write`."""


async def _evaluate(call: Call) -> Reply:
    asked: EvaluationRequest = call.body
    actor = call.actor if asked.actor is None else _actor(asked.actor)
    if actor != call.actor:
        call.caller.require("evaluations:write")
    command = Evaluation(
        id=command_name(call, "evaluation"),
        actor=actor,
        action=asked.action,
        arguments=asked.arguments,
        purpose=asked.purpose,
        conversation=asked.conversation,
    )
    answer = await submit(call, command, target(call.platform.engine.release, asked.customer))
    decision = answer.decision
    if decision is None:
        raise ProblemError("internal", "the evaluation was taken without a verdict")
    return Reply(verdict(decision), headers=((b"x-decision-id", decision.id.encode()),))


def _actor(text: str) -> Actor:
    kind, _, name = text.partition(":")
    return Actor(kind, name)  # type: ignore[arg-type]  # the pattern admits only kinds of actors


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/evaluations",
        summary="Ask what the verdict on a proposal would be",
        description="The verdict is recorded as a decision, and nothing is done. Everybody may ask about themselves.",
        handler=_evaluate,
        reads=(IDEMPOTENCY_KEY,),
        sends=(Header("X-Decision-Id", "The decision's id."),),
        body=(Content(JSON, EvaluationRequest),),
        answers=(Content(JSON, Verdict),),
        answered="The verdict",
        problems=(
            "scope-missing",
            "customer-unknown",
            "identifier-refused",
            "action-unknown",
            "arguments-unfit",
            "purpose-unfit",
            "command-conflict",
        ),
    ),
)
