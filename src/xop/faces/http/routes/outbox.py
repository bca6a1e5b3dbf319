"""The outbox: requests on their way, and the dead letters among them."""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Receipt, Text, Verdict, command_name, receipt, submit, verdict
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.sights import whole_shown
from xop.kernel.base.times import iso
from xop.kernel.commands import Reconciliation
from xop.ports.outbox import OutboxEntry, OutboxState

_STATES: tuple[OutboxState, ...] = ("pending", "sending", "done", "failed", "uncertain", "cancelled")
_DEAD: tuple[OutboxState, ...] = ("failed", "uncertain")

_TOKEN = re.compile(rb"(token=)[A-Za-z0-9_.-]+")

_INVOCATION = {"invocation": "The invocation's id."}


class LetterQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which page of requests to list."""

    after: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    """The last invocation read."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class OutboxQuery(LetterQuery, frozen=True, forbid_unknown_fields=True):
    """Which requests to list."""

    state: OutboxState | None = None
    """Only those in this state; all when left out."""


class OutboxRequest(Struct, frozen=True, omit_defaults=True):
    """One request, as it was rendered, and what came of it so far."""

    invocation: str
    state: OutboxState
    action: str
    connection: str
    customer: str
    """The part of the customer it is about."""
    release: str
    due: str
    """When to send it, or when the present state began."""
    created: str
    attempt: int
    detail: str
    request: Any | UnsetType = UNSET
    """The rendered request, without secrets; only of a request looked at alone."""


class OutboxPage(Struct, frozen=True):
    """Requests in the order of their invocation ids."""

    requests: list[OutboxRequest]
    next: str | None
    """What to ask for as `after` to see more; null at the end."""


class ReconciliationRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer to a dead letter."""

    choice: Literal["resend", "done", "drop"]
    """Send it again, which the rules judge again; take it as done; or give it up."""
    note: Text = ""


class ReconciliationAnswer(Struct, frozen=True, omit_defaults=True):
    """What became of the request."""

    invocation: str
    state: OutboxState
    receipt: Receipt
    ruling: Verdict | UnsetType = UNSET
    """The verdict on sending it again."""


async def _list(call: Call) -> Reply:
    asked: OutboxQuery = call.query
    return await _page(call, asked, _STATES if asked.state is None else (asked.state,))


async def _dead(call: Call) -> Reply:
    return await _page(call, call.query, _DEAD)


async def _page(call: Call, asked: LetterQuery, states: tuple[OutboxState, ...]) -> Reply:
    entries = await call.platform.runtime.outbox.page(states, asked.after, asked.limit)
    following = entries[-1].invocation if len(entries) == asked.limit else None
    return Reply(OutboxPage([_told(entry) for entry in entries], following))


async def _look(call: Call) -> Reply:
    entry = await _entry(call)
    await whole_shown(call, entry.part, "request")
    return Reply(_told(entry, whole=True))


async def _entry(call: Call) -> OutboxEntry:
    name = call.path["invocation"]
    entry = await call.platform.runtime.outbox.get(name)
    if entry is None:
        raise ProblemError("invocation-unknown", f"no request of an invocation {name[:80]!r} is in the outbox")
    return entry


async def _reconcile(call: Call) -> Reply:
    asked: ReconciliationRequest = call.body
    entry = await _entry(call)
    name = entry.invocation
    command = Reconciliation(command_name(call, "reconciliation", name), call.actor, name, asked.choice, asked.note)
    answer = await submit(call, command, entry.part)
    ruling = verdict(answer.decision) if answer.decision is not None else UNSET
    after = await call.platform.runtime.outbox.get(name)
    state = after.state if after is not None else entry.state
    return Reply(ReconciliationAnswer(name, state, receipt(answer), ruling))


def _told(entry: OutboxEntry, *, whole: bool = False) -> OutboxRequest:
    return OutboxRequest(
        invocation=entry.invocation,
        state=entry.state,
        action=entry.action,
        connection=entry.connection,
        customer=entry.part,
        release=entry.release,
        due=iso(entry.due),
        created=iso(entry.created),
        attempt=entry.attempt,
        detail=entry.detail,
        request=_rendered(entry.request) if whole else UNSET,
    )


def _rendered(request: bytes) -> Any:
    """Return a request without the tokens of links in it: whoever looks at the outbox is not whom they were sent to."""
    request = _TOKEN.sub(rb"\1...", request)
    try:
        return msgspec.json.decode(request)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return request.decode(errors="replace")


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/outbox",
        summary="List requests",
        handler=_list,
        scope="outbox:read",
        query=OutboxQuery,
        answers=(Content(JSON, OutboxPage),),
    ),
    Operation(
        method="GET",
        path="/v1/dead-letters",
        summary="List dead letters",
        description="Requests that failed, and those of which nobody knows whether they arrived.",
        handler=_dead,
        scope="outbox:read",
        query=LetterQuery,
        answers=(Content(JSON, OutboxPage),),
    ),
    Operation(
        method="GET",
        path="/v1/outbox/{invocation}",
        summary="Look at a request",
        handler=_look,
        scope="outbox:read",
        parameters=_INVOCATION,
        answers=(Content(JSON, OutboxRequest),),
        problems=("invocation-unknown",),
    ),
    Operation(
        method="POST",
        path="/v1/outbox/{invocation}/reconcile",
        summary="Reconcile a dead letter",
        handler=_reconcile,
        scope="outbox:write",
        parameters=_INVOCATION,
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ReconciliationRequest),),
        answers=(Content(JSON, ReconciliationAnswer),),
        problems=(
            "invocation-unknown",
            "customer-unknown",
            "dead-letter-unknown",
            "action-unknown",
            "command-conflict",
        ),
    ),
)
