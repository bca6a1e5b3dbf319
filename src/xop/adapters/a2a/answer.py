"""Reads what an agent's answer means."""

from typing import Any

from a2a.types.a2a_pb2 import Message, Part, SendMessageResponse, Task, TaskState
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError

from xop.adapters.a2a.exchange import Got
from xop.kernel.base.json import canonical
from xop.ports.adapter import Sent
from xop.ports.retry_after import retry_after

S = TaskState

GOING = frozenset({S.TASK_STATE_SUBMITTED, S.TASK_STATE_WORKING, S.TASK_STATE_AUTH_REQUIRED, S.TASK_STATE_UNSPECIFIED})
"""States that something follows without us."""

_ENDED = {
    S.TASK_STATE_FAILED: "the agent failed",
    S.TASK_STATE_REJECTED: "the agent rejected the task",
    S.TASK_STATE_CANCELED: "the task was cancelled by the agent",
}

_NOT_YET = (429, 503)
_UNSURE = frozenset({-32603})
"""JSON-RPC errors after which nobody knows how far the agent has come."""

_WHOLE = 2**53


def refused(got: Got, at: int) -> Sent | None:
    """Return what an answer means that is an error; None for any other. `at` is now, in milliseconds since the epoch."""
    error = got.value.get("error") if isinstance(got.value, dict) else None
    if got.status in _NOT_YET:
        return Sent("retry", f"the agent answered {got.status}", retry_after=retry_after(got.retry_after, at))
    if got.status >= 500:  # noqa: PLR2004 - errors of the server
        return Sent("uncertain", f"the agent answered {got.status}", unhealthy=True)
    if got.status >= 400:  # noqa: PLR2004 - errors of the client
        return Sent("failed", f"the agent answered {got.status}")
    if isinstance(error, dict):
        code = error.get("code")
        number = code if isinstance(code, int) else 0
        return Sent("uncertain" if number in _UNSURE else "failed", f"the agent answered error {number}")
    return None


def task_of(value: Any) -> Task | Message | None:
    """Return the task or message that was answered with; None when it is neither."""
    try:
        response = ParseDict(value, SendMessageResponse(), ignore_unknown_fields=True)
    except (ParseError, TypeError, AttributeError):
        return None
    kind = response.WhichOneof("payload")
    found: Task | Message | None = {"task": response.task, "message": response.message}.get(kind or "")
    return found


def polled(value: Any) -> Task | None:
    """Return the task that was asked for; None when it is none."""
    try:
        task = ParseDict(value, Task(), ignore_unknown_fields=True)
    except (ParseError, TypeError, AttributeError):
        return None
    return task if task.id else None


def meaning(answer: Task | Message, largest: int) -> Sent:
    """Return what came of a task that is over; `largest` is the bytes of output that are kept.

    What the agent says of a failure is its own text, and is not repeated.
    """
    if isinstance(answer, Message):
        return _kept(list(answer.parts), largest)
    if answer.status.state != S.TASK_STATE_COMPLETED:
        return Sent("failed", _ENDED.get(answer.status.state, "the agent ended the task"))
    parts = [part for artifact in answer.artifacts for part in artifact.parts]
    return _kept(parts or list(answer.status.message.parts), largest)


def _kept(parts: list[Part], largest: int) -> Sent:
    data = [_plain(MessageToDict(part.data)) for part in parts if part.WhichOneof("content") == "data"]
    text = "\n".join(part.text for part in parts if part.WhichOneof("content") == "text")
    if len(data) == 1:
        output: Any = data[0]
    elif data:
        output = {"data": data, "text": text}
    else:
        output = {"text": text}
    if len(canonical(output)) > largest:
        return Sent("done", f"the output has more than {largest} bytes and is not kept")
    return Sent("done", output=output)


def _plain(value: Any) -> Any:
    """The protocol has one kind of number; those that are whole are whole numbers again."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case float() if value.is_integer() and abs(value) < _WHOLE:
            return int(value)
        case _:
            return value
