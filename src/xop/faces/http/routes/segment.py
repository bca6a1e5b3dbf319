"""The endpoints that Segment's and RudderStack's clients speak to."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from xop.faces.http import segment
from xop.faces.http.arrival import MOST_EVENTS, signal, take
from xop.faces.http.body import decode_list
from xop.faces.http.operation import JSON, Call, Content, Handler, Operation, Reply
from xop.faces.http.problems import Detail, ProblemError
from xop.kernel.commands import Signal

_SHORT = {"t": "track", "i": "identify", "g": "group", "p": "page", "s": "screen", "a": "alias"}


class Success(Struct, frozen=True):
    """Every message is durable."""

    success: bool


class _Batch(Struct, frozen=True):
    batch: msgspec.Raw
    sent_at: Any = msgspec.field(default=None, name="sentAt")
    context: dict[str, Any] | None = None


_BATCH = msgspec.json.Decoder(_Batch)


async def _take_batch(call: Call) -> Reply:
    batch = _decoded_batch(call.body)
    shared: dict[str, Any] = {"sentAt": batch.sent_at, "context": batch.context}
    raws = decode_list(bytes(batch.batch), MOST_EVENTS)
    return await _take(call, raws, {name: value for name, value in shared.items() if value is not None})


def _one(kind: str) -> Handler:
    async def take_one(call: Call) -> Reply:
        return await _take(call, [call.body], {}, {"type": kind})

    return take_one


async def _take(
    call: Call, raws: Sequence[bytes | msgspec.Raw], shared: Mapping[str, Any], fixed: Mapping[str, Any] | None = None
) -> Reply:
    signals = [_signal(call, raw, shared, fixed or {}) for raw in raws]
    taken = await take(call, signals)
    errors = [
        Detail(each.detail, each.code, each.remedy, f"/batch/{place}")
        for place, each in enumerate(taken)
        if isinstance(each, ProblemError)
    ]
    if errors:
        first = f"{errors[0].detail} (at {errors[0].where})"
        cause = f"{len(errors)} of {len(taken)} messages were refused, the others were taken: {first}"
        raise ProblemError("message-invalid", cause, errors[0].remedy, errors)
    return Reply(Success(success=True))


def _signal(
    call: Call, raw: bytes | msgspec.Raw, shared: Mapping[str, Any], fixed: Mapping[str, Any]
) -> Signal | ProblemError:
    platform = call.platform
    release, now = platform.engine.release, platform.runtime.clock.now()
    try:
        written = {**shared, **segment.message(raw), **fixed}
        arrival = segment.arrival(release, call.actor.id, written, now, call.fresh("msg"))
        return signal(release, arrival, call.actor, now)
    except ProblemError as problem:
        return problem


def _decoded_batch(body: bytes) -> _Batch:
    try:
        return _BATCH.decode(body)
    except msgspec.ValidationError as error:
        raise ProblemError("message-invalid", str(error), 'send {"batch": [message, …]}') from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError("json-malformed", f"the body is not JSON: {error}") from error


def _message(*required: str) -> dict[str, Any]:
    texts = {name: {"type": ["string", "null"]} for name in ("userId", "anonymousId", "messageId", "timestamp")}
    maps = {name: {"type": ["object", "null"]} for name in ("context", "traits", "properties")}
    return {"type": "object", "required": list(required), "properties": {**texts, **maps}}


def _operation(path: str, kind: str) -> Operation:
    whole = kind == "batch"
    messages = {"type": "array", "maxItems": MOST_EVENTS, "items": _message("type")}
    schema = {"type": "object", "required": ["batch"], "properties": {"batch": messages}} if whole else _message()
    return Operation(
        method="POST",
        path=path,
        summary=f"Take a Segment {kind}" if whole else f"Take a Segment {kind} message",
        description=(
            "For the clients of Segment and RudderStack; the write key is an API key, sent as the user name of Basic. "
            "A message becomes a signal of type `segment.` and its own type. Messages beside a refused one are taken."
        ),
        handler=_take_batch if whole else _one(kind),
        scope="signals:write",
        body=(Content(JSON, schema),),
        decodes=True,
        answers=(Content(JSON, Success),),
        problems=("message-invalid",),
        segment=True,
    )


OPERATIONS = (
    _operation("/v1/batch", "batch"),
    *(_operation(f"/v1/{kind}", kind) for kind in segment.CALLS),
    *(_operation(f"/v1/{short}", kind) for short, kind in _SHORT.items()),
)
