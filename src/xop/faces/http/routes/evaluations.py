"""Evaluations: other enforcement points ask the same arbiter (AuthZEN Authorization API 1.0); nothing is done."""

from typing import Any, Literal, TypeVar, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from xop.faces.http.body import decode
from xop.faces.http.commanding import ShortText, submit
from xop.faces.http.endpoint import require_media_type
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.targets import target
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import PrincipalKind
from xop.kernel.base.times import iso
from xop.kernel.commands import Evaluation
from xop.kernel.decisions.model import Decision, Outcome

PATH = "/access/v1/evaluation"
BATCH_PATH = "/access/v1/evaluations"

MOST = 100
"""Evaluations in one request."""

CUSTOMER = "customer"
"""The only type of resource there is."""

_KINDS = get_args(PrincipalKind)
_FAULTS = frozenset({"overloaded", "stopping", "storage-unavailable", "internal"})

T = TypeVar("T")


class Entity(Struct, frozen=True):
    """A subject or a resource, by its type and id."""

    type: ShortText
    id: ShortText
    properties: dict[str, Any] = {}


class AccessAction(Struct, frozen=True):
    """What is to be done; its properties are the arguments of the action."""

    name: ShortText
    properties: dict[str, Any] = {}


class Surroundings(Struct, frozen=True):
    """What the question is asked with."""

    arguments: dict[str, Any] | None = None
    """The action's arguments, instead of the properties of `action`."""
    purpose: ShortText | None = None
    conversation: ShortText | None = None


class AccessEvaluation(Struct, frozen=True):
    """The question whether a subject may perform an action for a customer."""

    subject: Entity
    """A principal: `agent`, `operator`, `source` or `partner`, and its name."""
    action: AccessAction
    resource: Entity
    """Type `customer`; the id is a customer's id or `namespace:value`."""
    context: Surroundings = Surroundings()


class PartialEvaluation(Struct, frozen=True):
    """A question of a batch; what it leaves out is as the batch says."""

    subject: Entity | UnsetType = UNSET
    action: AccessAction | UnsetType = UNSET
    resource: Entity | UnsetType = UNSET
    context: Surroundings | UnsetType = UNSET


class EvaluationOptions(Struct, frozen=True):
    """How a batch is gone through."""

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] = "execute_all"


class AccessEvaluations(PartialEvaluation, frozen=True):
    """Several questions in one request, or a single one without `evaluations`."""

    evaluations: list[PartialEvaluation] = []
    options: EvaluationOptions = EvaluationOptions()


class Obligation(Struct, frozen=True):
    """Something that whoever enforces the verdict must do."""

    id: str


class EvaluationFailure(Struct, frozen=True):
    """Why a question has no verdict."""

    status: int
    code: str
    message: str
    remedy: str


class VerdictContext(Struct, frozen=True, omit_defaults=True):
    """What the arbiter ruled, and why."""

    decision: str = ""
    """The id of the recorded decision."""
    verdict: Outcome | UnsetType = UNSET
    code: str = ""
    """The rule that decided."""
    reasons: tuple[str, ...] = ()
    until: str = ""
    """What has to happen before it could be done, such as an approval."""
    due: str | None = None
    """When it would be judged again, as an RFC 3339 time."""
    approvers: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    error: EvaluationFailure | UnsetType = UNSET


class AccessDecision(Struct, frozen=True):
    """The answer to one question."""

    decision: bool
    """True only where it is permitted here and now."""
    context: VerdictContext


class AccessDecisions(Struct, frozen=True):
    """The answers to a batch, in its order; fewer than there were questions where the rest did not matter."""

    evaluations: list[AccessDecision]


async def _evaluate(call: Call) -> Reply:
    asked = _decoded(call, _SINGLE)
    return _reply(call, await _answer(call, asked))


async def _evaluate_all(call: Call) -> Reply:
    asked = _decoded(call, _BATCH)
    if not asked.evaluations:
        return _reply(call, await _answer(call, _whole(asked, asked)))
    if len(asked.evaluations) > MOST:
        cause = f"the request has {len(asked.evaluations)} evaluations, more than {MOST}"
        raise ProblemError("evaluation-invalid", cause, "send smaller batches")
    questions = [_whole(each, asked) for each in asked.evaluations]
    for each in questions:
        _require_asker(call, each.subject)
    ends_with = {"deny_on_first_deny": False, "permit_on_first_permit": True}.get(asked.options.evaluations_semantic)
    answers: list[AccessDecision] = []
    for each in questions:
        answers.append(await _answer(call, each))
        if answers[-1].decision is ends_with:
            break
    return _reply(call, AccessDecisions(answers))


async def _answer(call: Call, asked: AccessEvaluation) -> AccessDecision:
    """Return the verdict on one question; what keeps it from having one is told in its context, and never permits."""
    _require_asker(call, asked.subject)
    try:
        return _told(await _decision(call, asked))
    except ProblemError as problem:
        if problem.code in _FAULTS:
            raise
        failure = EvaluationFailure(problem.status, problem.code, problem.detail, problem.remedy)
        return AccessDecision(decision=False, context=VerdictContext(error=failure))


async def _decision(call: Call, asked: AccessEvaluation) -> Decision:
    subject = _actor(asked.subject)
    if subject is None:
        raise ProblemError(
            "evaluation-invalid", "the subject is no kind of principal", f"use one of: {', '.join(_KINDS)}"
        )
    if asked.resource.type != CUSTOMER:
        raise ProblemError("evaluation-invalid", "the resource is no customer", f"ask about the type {CUSTOMER!r}")
    arguments = asked.context.arguments
    command = Evaluation(
        # Its id tells who asks: `asked_by` would hold the asker's own grants against the subject.
        id=":".join(("evaluation", call.actor.kind, call.actor.id, call.fresh("key"))),
        actor=subject,
        action=asked.action.name,
        arguments=asked.action.properties if arguments is None else arguments,
        purpose=asked.context.purpose,
        conversation=asked.context.conversation,
    )
    answer = await submit(call, command, target(call.platform.engine.release, asked.resource.id))
    if answer.decision is None:
        raise ProblemError("internal", "the evaluation was taken without a verdict")
    return answer.decision


def _require_asker(call: Call, subject: Entity) -> None:
    """Let a caller ask about itself; about others only with the scope for it."""
    if _actor(subject) == call.actor:
        return
    call.caller.require("evaluations:write")


def _actor(subject: Entity) -> Actor | None:
    kind = next((each for each in _KINDS if each == subject.type), None)
    return None if kind is None else Actor(kind, subject.id)


def _whole(part: PartialEvaluation, asked: AccessEvaluations) -> AccessEvaluation:
    """Return a question of a batch with the batch's own values where it says nothing."""
    subject = asked.subject if part.subject is UNSET else part.subject
    action = asked.action if part.action is UNSET else part.action
    resource = asked.resource if part.resource is UNSET else part.resource
    context = asked.context if part.context is UNSET else part.context
    if isinstance(subject, UnsetType) or isinstance(action, UnsetType) or isinstance(resource, UnsetType):
        raise ProblemError("evaluation-invalid", "an evaluation lacks its subject, action or resource")
    return AccessEvaluation(subject, action, resource, Surroundings() if isinstance(context, UnsetType) else context)


def _told(decision: Decision) -> AccessDecision:
    context = VerdictContext(
        decision=decision.id,
        verdict=decision.verdict,
        code=decision.code,
        reasons=tuple(reason.message for reason in decision.reasons if not reason.lost),
        until=decision.until,
        due=iso(decision.due) if decision.due else None,
        approvers=decision.approvers,
        obligations=tuple(Obligation(each) for each in decision.obligations),
    )
    return AccessDecision(decision=decision.verdict == "permit", context=context)


def _decoded(call: Call, decoder: msgspec.json.Decoder[T]) -> T:
    require_media_type(call.headers, frozenset({JSON}))
    try:
        return decode(call.body, decoder)
    except ProblemError as problem:
        if problem.code != "body-invalid":
            raise
        raise ProblemError("evaluation-invalid", problem.detail) from problem


def _reply(call: Call, value: AccessDecision | AccessDecisions) -> Reply:
    name = call.headers.get(b"x-request-id")
    return Reply(value, headers=() if name is None else ((b"x-request-id", name),))


_SINGLE = msgspec.json.Decoder(AccessEvaluation)
_BATCH = msgspec.json.Decoder(AccessEvaluations)

_REQUEST_ID = Header("X-Request-ID", "Names the request; the answer repeats it.")

OPERATIONS = (
    Operation(
        method="POST",
        path=PATH,
        summary="Ask whether somebody may do something",
        description="An AuthZEN access evaluation. The verdict is recorded as a decision, and nothing is done. "
        "Everybody may ask about themselves; asking about others takes the scope `evaluations:write`.",
        handler=_evaluate,
        reads=(_REQUEST_ID,),
        sends=(_REQUEST_ID,),
        body=(Content(JSON, AccessEvaluation),),
        decodes=True,
        answers=(Content(JSON, AccessDecision),),
        answered="The verdict",
        problems=("evaluation-invalid", "scope-missing"),
    ),
    Operation(
        method="POST",
        path=BATCH_PATH,
        summary="Ask several such questions",
        description=f"AuthZEN access evaluations, at most {MOST}; without `evaluations` it is a single question.",
        handler=_evaluate_all,
        reads=(_REQUEST_ID,),
        sends=(_REQUEST_ID,),
        body=(Content(JSON, AccessEvaluations),),
        decodes=True,
        answers=(Content(JSON, AccessDecisions | AccessDecision),),
        answered="The verdicts",
        problems=("evaluation-invalid", "scope-missing"),
    ),
)
