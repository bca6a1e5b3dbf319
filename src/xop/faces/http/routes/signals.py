"""Signals as CloudEvents."""

from typing import Any

from msgspec import Struct

from xop.faces.http import cloudevents
from xop.faces.http.arrival import Arrival, Taken, signal, take
from xop.faces.http.commanding import Receipt
from xop.faces.http.endpoint import media_type
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import Problem, ProblemError
from xop.kernel.commands import Signal

_RATE = 600
"""Requests a minute that the webhook handshake allows."""


class SignalResult(Struct, frozen=True, omit_defaults=True):
    """What came of one event of a batch: a receipt, or a problem."""

    status: int
    receipt: Receipt | None = None
    problem: Problem | None = None


class SignalResults(Struct, frozen=True):
    """What came of each event of a batch, in order."""

    results: list[SignalResult]


async def _send(call: Call) -> Reply:
    now = call.platform.runtime.clock.now()
    kind = media_type(call.headers)
    if kind == cloudevents.BATCH:
        arrivals = cloudevents.batch(call.body, now)
        taken = await take(call, [_signal(call, arrival, now) for arrival in arrivals])
        return Reply(SignalResults([_result(each) for each in taken]))
    if kind == cloudevents.STRUCTURED:
        arrival = cloudevents.structured(call.body, now)
    elif b"ce-specversion" in call.headers or b"ce-id" in call.headers:
        arrival = cloudevents.binary(call.headers, kind, call.body, now)
    else:
        raise ProblemError(
            "media-type-unsupported",
            f"the body is {kind or 'of no stated type'}, and no header says that it is a CloudEvent",
            f"send {cloudevents.STRUCTURED} or {cloudevents.BATCH}, or the attributes as `ce-` headers",
        )
    [one] = await take(call, [_signal(call, arrival, now)])
    if isinstance(one, ProblemError):
        raise one
    return Reply(one)


def _signal(call: Call, arrival: Arrival | ProblemError, now: int) -> Signal | ProblemError:
    if isinstance(arrival, ProblemError):
        return arrival
    try:
        return signal(call.platform.engine.release, arrival, call.actor, now)
    except ProblemError as problem:
        return problem


def _result(taken: Taken) -> SignalResult:
    if isinstance(taken, ProblemError):
        return SignalResult(taken.status, problem=taken.document())
    return SignalResult(200, taken)


async def _shake_hands(call: Call) -> Reply:
    origin = call.headers.get(b"webhook-request-origin")
    headers: list[tuple[bytes, bytes]] = [(b"allow", b"OPTIONS, POST")]
    if origin is not None:
        headers += [(b"webhook-allowed-origin", origin), (b"webhook-allowed-rate", str(_RATE).encode())]
    return Reply(b"", headers=tuple(headers))


_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 256},
        "source": {"type": "string", "minLength": 1, "maxLength": 1024},
        "type": {"type": "string", "minLength": 1, "maxLength": 200},
        "subject": {"type": "string", "description": "The customer, as `namespace:value`."},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"type": "string", "examples": ["application/json"]},
        cloudevents.IDENTIFIERS: {"type": "string", "description": "More identifiers: `namespace:value,…`."},
        "data": {"type": "object"},
        "data_base64": {"type": "string", "contentEncoding": "base64"},
    },
}

OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/signals",
        summary="Send signals",
        description=(
            "One CloudEvent in binary or structured mode, or up to 1,000 in a batch. An event is durable when this "
            "answers; the same `source` and `id` again change nothing. The customer is named by `subject` and "
            f"`{cloudevents.IDENTIFIERS}` as `namespace:value`, or by what the signal's type declares."
        ),
        handler=_send,
        scope="signals:write",
        reads=(
            Header("ce-specversion", "Binary mode: `1.0`."),
            Header("ce-id", "Binary mode: the event's id."),
            Header("ce-source", "Binary mode: the event's source."),
            Header("ce-type", "Binary mode: the signal's type."),
            Header("ce-subject", "Binary mode: the customer, as `namespace:value`."),
            Header("ce-time", "Binary mode: when it happened, as an RFC 3339 time."),
        ),
        body=(
            Content(cloudevents.STRUCTURED, _EVENT),
            Content(cloudevents.BATCH, {"type": "array", "maxItems": 1000, "items": _EVENT}),
            Content(JSON, {"type": "object", "description": "Binary mode: the event's data."}),
        ),
        decodes=True,
        answers=(Content(JSON, Receipt | SignalResults),),
        problems=(
            "event-invalid",
            "identifier-missing",
            "identifier-refused",
            "signal-unknown",
            "signal-reserved",
            "signal-unfit",
        ),
    ),
    Operation(
        method="OPTIONS",
        path="/v1/signals",
        summary="Agree to receive events",
        description="The handshake of the CloudEvents webhook specification.",
        handler=_shake_hands,
        open=True,
        reads=(Header("WebHook-Request-Origin", "Who wants to send events."),),
        sends=(
            Header("WebHook-Allowed-Origin", "Who may, the origin asked about."),
            Header("WebHook-Allowed-Rate", "How many requests a minute."),
        ),
        answers=(),
        answered="Agreed, if `WebHook-Allowed-Origin` names the origin",
    ),
)
