"""The task as the protocol shows it: a draft or a story, with its state, its reasons and its artifact."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from a2a.types.a2a_pb2 import (
    Artifact,
    Message,
    Part,
    Role,
    Task,
    TaskArtifactUpdateEvent,
    TaskState,
    TaskStatus,
    TaskStatusUpdateEvent,
)
from a2a.utils.proto_utils import normalize_large_integers_to_strings
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct as ProtoStruct
from google.protobuf.struct_pb2 import Value

from xop.faces.a2a.lack import Lack
from xop.faces.a2a.names import context_of
from xop.faces.a2a.notes import Draft
from xop.faces.a2a.story import Story
from xop.faces.a2a.wish import PREFIX
from xop.kernel.base.ids import derive
from xop.kernel.base.times import iso
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import InvocationCancelled, InvocationDone, InvocationFailed, InvocationUncertain

S = TaskState

OVER = frozenset(
    {S.TASK_STATE_COMPLETED, S.TASK_STATE_FAILED, S.TASK_STATE_CANCELED, S.TASK_STATE_REJECTED},
)
"""States that nothing follows."""

ASKABLE = frozenset({"xop.consent_unknown", "xop.consent_expired"})
"""Rules that refuse for want of something that the customer may still give: asked again, the answer may be another."""

_TOLD_FIRST = frozenset({"xop.ai_not_disclosed", "xop.ai_without_notice"})
"""Rules whose refusals pass once the customer was told something: the decision says what, and in which words."""

_WITHDRAWN = "xop.withdrawn"

_LONGEST = 600

StepUp = Callable[[Decision, str, str | None, str], Awaitable[str]]
"""Returns where the customer can confirm who they are, so that a decision is reconsidered; empty when there is no way.

It is given the decision, the part of the customer, the conversation and the address of the server.
"""


def state_of(story: Story) -> TaskState:
    """Return the state a task is in."""
    match story.ending:
        case InvocationDone():
            return S.TASK_STATE_COMPLETED
        case InvocationCancelled(code=code):
            return S.TASK_STATE_CANCELED if code == _WITHDRAWN else S.TASK_STATE_REJECTED
        case InvocationUncertain():
            return S.TASK_STATE_WORKING
        case None:
            return _waiting(story)
        case _:
            return S.TASK_STATE_FAILED


def askable(story: Story) -> bool:
    """Return whether a task was refused only for want of something that can still be had."""
    refused = story.ending is None and story.decision.verdict == "deny" and not story.decision.shadow
    return refused and (story.decision.code in ASKABLE or bool(story.purposes))


def _waiting(story: Story) -> TaskState:
    decision = story.decision
    if decision.shadow:
        return S.TASK_STATE_REJECTED
    if decision.verdict == "permit":
        return S.TASK_STATE_WORKING
    if decision.verdict == "deny":
        return S.TASK_STATE_INPUT_REQUIRED if askable(story) else S.TASK_STATE_REJECTED
    if decision.until == "approval":
        return S.TASK_STATE_AUTH_REQUIRED
    return S.TASK_STATE_INPUT_REQUIRED if decision.until == "verification" else S.TASK_STATE_WORKING


def told(story: Story, step_up: str) -> Task:
    """Return a story as a task; `step_up` is where the customer can be verified."""
    code, reasons, message = _words(story)
    decision = story.decision
    state = state_of(story)
    about: dict[str, Any] = {
        "decision": decision.id,
        "verdict": decision.verdict,
        "code": code,
        "reasons": reasons,
        "invocation": decision.invocation,
        "action": decision.action,
        "purpose": decision.purpose,
        "obligations": list(decision.obligations),
    }
    if story.ending is None and decision.verdict == "hold":
        about |= {"until": decision.until, "due": iso(decision.due), "approvers": list(decision.approvers)}
        about |= {"step-up": step_up} if step_up else {}
    if decision.notices:
        about |= {"notices": list(decision.notices)}
    if story.instead is not None:
        about |= {"instead": story.instead}
    if story.purposes:
        about |= {"purposes": list(story.purposes)}
    task = _task(story.task, state, message, story.at, about)
    if isinstance(story.ending, InvocationDone):
        task.artifacts.append(_artifact(story, story.ending.output))
    return task


def told_draft(draft: Draft, lack: Lack | None) -> Task:
    """Return a draft as a task that waits for what is missing."""
    if draft.cancelled:
        return _task(draft.task, S.TASK_STATE_CANCELED, "It was cancelled.", draft.at, {})
    missing = lack or Lack("message-missing", "nothing is missing any more: send any message on this task")
    about = {"code": missing.code, **missing.details}
    return _task(draft.task, S.TASK_STATE_INPUT_REQUIRED, missing.message, draft.at, about)


def changed(task: Task) -> TaskStatusUpdateEvent:
    """Return a task's state as an event."""
    return TaskStatusUpdateEvent(
        task_id=task.id, context_id=task.context_id, status=task.status, metadata=task.metadata
    )


def produced(task: Task) -> list[TaskArtifactUpdateEvent]:
    """Return a task's artifacts as events."""
    return [
        TaskArtifactUpdateEvent(task_id=task.id, context_id=task.context_id, artifact=each, last_chunk=True)
        for each in task.artifacts
    ]


def progressed(task: Task, text: str, at: int) -> TaskStatusUpdateEvent:
    """Return what is heard of a task while it is carried out as an event."""
    status = _status(task.id, task.context_id, S.TASK_STATE_WORKING, text, at)
    return TaskStatusUpdateEvent(task_id=task.id, context_id=task.context_id, status=status)


def _words(story: Story) -> tuple[str, list[str], str]:
    """Return the code, the reasons and one sentence of how a task stands."""
    code, reasons, text = _words_of_asked(story)
    return code, reasons, text if story.instead is None else f"{_instead(story.instead)} {text}"


def _instead(arguments: Mapping[str, Any]) -> str:
    told = msgspec.json.encode(arguments).decode()
    shown = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"
    return f"A person approved something else instead: {shown}."


def _words_of_asked(story: Story) -> tuple[str, list[str], str]:
    """Return the code, the reasons and one sentence of how what was asked stands, or what was approved instead."""
    decision = story.decision
    it = "It" if story.instead is None else "That"
    reasons = [reason.message for reason in decision.reasons if not reason.lost]
    if story.ending is None:
        code, text = _words_of_wait(story, reasons)
        return code, reasons, text
    match story.ending:
        case InvocationDone():
            return decision.code, reasons, f"{it} is done."
        case InvocationFailed(detail=detail):
            return "failed", reasons, f"{it} could not be done: {detail}"
        case InvocationUncertain():
            text = f"{it} was sent, and nobody knows yet whether it was carried out: a person looks into it."
            return "uncertain", reasons, text
        case InvocationCancelled(code=code):
            text = f"{it} was cancelled." if code == _WITHDRAWN else f"{it} was refused before it began."
            return code, reasons if decision.code == code else [], text
        case _:
            return "dropped", reasons, f"{it} could not be done, and was given up."


def _words_of_wait(story: Story, reasons: list[str]) -> tuple[str, str]:
    decision = story.decision
    if decision.shadow:
        return "shadow", "Nothing was done: you are only observed."
    if story.purposes:
        return "purpose-missing", f"Say why: name one of the purposes {', '.join(story.purposes)}."
    if decision.verdict == "permit":
        return decision.code, f"{'It' if story.instead is None else 'That'} is permitted and under way."
    return decision.code, " ".join((*reasons, *_first(decision)))


def _first(decision: Decision) -> tuple[str, ...]:
    """Return what the customer must be told before it is asked for again, where that is all that is missing."""
    told_first = decision.verdict == "deny" and decision.code in _TOLD_FIRST and decision.notices
    return (*decision.notices, "Then ask for it again.") if told_first else ()


def _task(name: str, state: TaskState, text: str, at: int, about: Mapping[str, Any]) -> Task:
    context = context_of(name)
    metadata = _struct({PREFIX + key: value for key, value in about.items()})
    return Task(id=name, context_id=context, status=_status(name, context, state, text, at), metadata=metadata)


def _status(task: str, context: str, state: TaskState, text: str, at: int) -> TaskStatus:
    message = Message(
        message_id=derive("message", task, str(state), str(at), text),
        role=Role.ROLE_AGENT,
        task_id=task,
        context_id=context,
        parts=[Part(text=text)],
    )
    return TaskStatus(state=state, message=message, timestamp=datetime.fromtimestamp(at / 1000, UTC))


def _artifact(story: Story, output: Any) -> Artifact:
    value = ParseDict(_json(output), Value())
    return Artifact(
        artifact_id=derive("artifact", story.decision.invocation),
        name=story.decision.action,
        parts=[Part(data=value, media_type="application/json")],
    )


def _struct(values: Mapping[str, Any]) -> ProtoStruct:
    return ParseDict(_json(values), ProtoStruct())


def _json(value: Any) -> Any:
    """Return a value as the protocol's JSON, which holds no whole number beyond 2^53: those become text."""
    return normalize_large_integers_to_strings(msgspec.to_builtins(value))
