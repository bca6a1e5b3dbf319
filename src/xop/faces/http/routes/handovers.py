"""Handovers: conversations passed to people, what waits in which queue, and what people do with it."""

from textwrap import shorten
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from xop.engine import desk
from xop.faces.http.commanding import IDEMPOTENCY_KEY, Reference, ShortText, Text, command_name, receipt, submit
from xop.faces.http.counter import (
    HandoverReceipt,
    HandoverState,
    HandoverView,
    ReturnReceipt,
    address,
    found_at,
    handover_view,
    refused_handover,
    state_of,
)
from xop.faces.http.links import require_token
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.packets import packet_by_link, packet_shown
from xop.faces.http.problems import ProblemError
from xop.faces.http.reach import is_hidden
from xop.faces.http.sights import whole_shown
from xop.faces.http.targets import customer, out_of_reach, require_unbounded, target
from xop.kernel.base.times import iso
from xop.kernel.commands import Accept, Command, Decline, HandBack, HandOver
from xop.kernel.conversations.model import Tried
from xop.kernel.facts import HandoverExpired, HandoverReturned
from xop.kernel.handovers.hours import is_open
from xop.kernel.handovers.model import PEOPLE, Continues, HandoverStatus, Suggestion, TranscriptReference
from xop.kernel.handovers.packet import Packet
from xop.kernel.handovers.projection import project
from xop.ports.desk import DeskCursor, DeskSelection

LEAST_BYTES = 512
"""The smallest projection that says anything."""

HANDOVER = "The handover's id."

Uri = Annotated[str, Meta(min_length=1, max_length=1000)]

_LONGEST_NUMBER = 15

_LONGEST_SUMMARY = 160
"""Characters of a summary in a list."""


class HandoverQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which handovers to list, and which page of them."""

    queue: ShortText | None = None
    status: HandoverStatus = "waiting"
    by: ShortText | None = None
    """Only what this person has accepted, as `operator:NAME`."""
    customer: Reference | None = None
    summaries: bool = False
    """Also the beginning of each summary; that it was shown is recorded."""
    after: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    """Where to go on, as `next` of the page before says."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class HandoverPage(Struct, frozen=True):
    """Handovers, the urgent ones first, then those opened first."""

    handovers: list[HandoverView]
    next: str | None
    """What to ask for as `after` to see more; null at the end."""


class QueueState(Struct, frozen=True):
    """A queue, and what is in it now."""

    queue: str
    description: str
    roles: tuple[str, ...]
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    open: bool
    """Whether it is within its hours."""
    waiting: int
    accepted: int


class QueueList(Struct, frozen=True):
    """The queues of the workspace, in its order."""

    queues: list[QueueState]


class TranscriptPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Where something that was said can be read or heard."""

    uri: Uri
    title: ShortText = ""
    said_at: int | None = None
    """When it begins, in milliseconds since the epoch."""


class TriedPart(Tried, frozen=True, forbid_unknown_fields=True):
    """Something that was tried besides what the platform carried out itself."""

    what: ShortText
    detail: ShortText = ""


class SuggestionPart(Suggestion, frozen=True, forbid_unknown_fields=True):
    """A next step that is suggested."""

    title: ShortText = ""
    action: ShortText = ""
    reason: Text = ""


class HandoverRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A wish to hand a conversation over to people."""

    customer: Reference
    conversation: ShortText = ""
    queue: ShortText = ""
    """Where it is to wait; the queue that fits its skills and language best when left out."""
    intent: ShortText = ""
    """What the customer wants; what the conversation opened last when left out."""
    summary: Annotated[str, Meta(max_length=8000)] = ""
    transcript: Annotated[tuple[TranscriptPart, ...], Meta(max_length=50)] = ()
    tried: Annotated[tuple[TriedPart, ...], Meta(max_length=50)] = ()
    """What was tried besides what the conversation remembers."""
    suggested: Annotated[tuple[SuggestionPart, ...], Meta(max_length=20)] = ()
    skills: Annotated[tuple[ShortText, ...], Meta(max_length=20)] = ()
    language: ShortText = ""
    urgent: bool = False
    anyway: bool = False
    """Whether to hand over although something is missing."""


class DeclineRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody does not take a handover."""

    reason: Text = ""


class ReturnRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a handover."""

    outcome: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    """One word; `resolved` resolves the intent as well."""
    continues: Continues
    notes: Text = ""
    facts: Annotated[dict[str, Any], Meta(max_length=32)] = {}
    """What was learned, as profile fields."""


class PacketQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What a packet is read for."""

    purpose: ShortText | None = None
    """The purpose, which says what is shown; the usual one when left out."""


class ProjectionQuery(PacketQuery, frozen=True, forbid_unknown_fields=True):
    """What a projection is read for, and how large it may be."""

    bytes: Annotated[int, Meta(ge=LEAST_BYTES, le=1_048_576)] = 4096


class LinkQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What lets a link through."""

    token: Annotated[str, Meta(min_length=1, max_length=2000)]


async def _list(call: Call) -> Reply:
    asked: HandoverQuery = call.query
    if asked.customer is None:
        require_unbounded(call, "name one as `customer`")
    _require_queue(call, asked.queue)
    begin = _cursor(asked.after)
    parts: list[str | None] = [None]
    if asked.customer is not None:
        parts = [part.id for part in (await customer(call, asked.customer)).parts]
    found = [
        each
        for part in parts
        for each in await call.platform.runtime.desk.page(
            DeskSelection(asked.queue, asked.status, asked.by, part), begin, asked.limit
        )
    ]
    shown = sorted(found, key=lambda each: (not each.urgent, each.at, each.handover))[: asked.limit]
    following = _place(shown[-1].cursor) if len(shown) == asked.limit else None
    views = [handover_view(each) for each in shown]
    return Reply(HandoverPage([await _summed(call, each) for each in views] if asked.summaries else views, following))


async def _summed(call: Call, view: HandoverView) -> HandoverView:
    """Return a handover with the beginning of its summary, once the ledger tells of the look; raises as `record` does."""
    found = await desk.find(call.platform.engine, view.handover)
    if found is None or not found.handover.summary or call.actor.kind not in PEOPLE:
        return view
    await whole_shown(call, view.customer, "handover.summary")
    return replace(
        view, summary=shorten(found.handover.summary, _LONGEST_SUMMARY, placeholder="\N{HORIZONTAL ELLIPSIS}")
    )


def _require_queue(call: Call, queue: str | None) -> None:
    """A typo must not look like an empty queue."""
    queues = call.platform.engine.release.queues
    if queue is not None and queue not in queues:
        listed = ", ".join(sorted(queues)) or "none"
        raise ProblemError("queue-unknown", f"there is no queue {queue[:80]!r}", f"name one of: {listed}")


def _cursor(text: str | None) -> DeskCursor | None:
    if text is None:
        return None
    calm, _, rest = text.partition("/")
    at, _, handover = rest.partition("/")
    if calm not in {"0", "1"} or not (at.isascii() and at.isdigit() and len(at) <= _LONGEST_NUMBER and handover):
        cause = f"{text[:80]!r} is no place in a list of handovers"
        raise ProblemError("parameter-invalid", cause, "send what `next` of the page before says")
    return DeskCursor(calm == "1", int(at), handover)


def _place(cursor: DeskCursor) -> str:
    return f"{int(cursor.calm)}/{cursor.at}/{cursor.handover}"


async def _queues(call: Call) -> Reply:
    release, now = call.platform.engine.release, call.platform.runtime.clock.now()
    counts = {(each.queue, each.status): each.handovers for each in await call.platform.runtime.desk.counts()}
    return Reply(
        QueueList(
            [
                QueueState(
                    queue=name,
                    description=queue.description,
                    roles=queue.roles,
                    skills=queue.skills,
                    languages=queue.languages,
                    open=is_open(queue.hours, queue.time_zone or release.zone, now),
                    waiting=counts.get((name, "waiting"), 0),
                    accepted=counts.get((name, "accepted"), 0),
                )
                for name, queue in release.queues.items()
            ]
        )
    )


async def _open(call: Call) -> Reply:
    asked: HandoverRequest = call.body
    command = HandOver(
        id=command_name(call, "handover"),
        actor=call.actor,
        conversation=asked.conversation,
        queue=asked.queue,
        intent=asked.intent,
        summary=asked.summary,
        transcript=tuple(TranscriptReference(each.uri, each.title, each.said_at) for each in asked.transcript),
        tried=tuple(Tried(each.what, each.outcome, each.at, each.detail) for each in asked.tried),
        suggested=tuple(Suggestion(each.title, each.action, each.arguments, each.reason) for each in asked.suggested),
        skills=asked.skills,
        language=asked.language,
        urgent=asked.urgent,
        anyway=asked.anyway,
    )
    engine = call.platform.engine
    whom = target(engine.release, asked.customer)
    opened = await desk.hand_over(engine, command, whom)
    if opened.answer.refusal is not None and await is_hidden(engine, call.caller.principal, whom, asked.conversation):
        raise out_of_reach()
    if opened.answer.refusal is not None:
        raise refused_handover(opened.answer.refusal)
    known, packet = opened.handover, opened.packet
    if opened.answer.entry is not None and opened.answer.entry.command != command:
        raise ProblemError("command-conflict", "the Idempotency-Key was used before with another body")
    if known is None or packet is None:
        raise ProblemError("handover-unknown", "the handover that this key opened has been forgotten")
    done = opened.answer.entry.facts if opened.answer.entry is not None else ()
    promise = next((fact.promise for fact in done if isinstance(fact, HandoverExpired)), "")
    told = HandoverReceipt(
        customer=opened.answer.customer,
        position=opened.answer.position,
        facts=len(done),
        duplicate=opened.answer.duplicate,
        handover=known.id,
        queue=known.queue,
        status=known.status,
        outcome=known.outcome,
        due=iso(known.due) if known.due else None,
        promise=promise,
        missing=packet.missing,
    )
    return Reply(told, 201)


async def _get(call: Call) -> Reply:
    found = await found_at(call)
    return Reply(state_of(call, found, await packet_shown(call, found, call.query.purpose)))


async def _project(call: Call) -> Reply:
    asked: ProjectionQuery = call.query
    found = await found_at(call)
    packet = await packet_shown(call, found, asked.purpose)
    return Reply(project(packet, asked.bytes, address(call, found.handover.id)[0]))


async def _packet(call: Call) -> Reply:
    now = call.platform.runtime.clock.now()
    require_token(call.platform.link_key, call.path["handover"], call.query.token, now)
    found = await found_at(call)
    return Reply(await packet_by_link(call, found))


async def _accept(call: Call) -> Reply:
    name = call.path["handover"]
    return await _do(call, Accept(command_name(call, "accept", name), call.actor, name))


async def _decline(call: Call) -> Reply:
    name = call.path["handover"]
    return await _do(call, Decline(command_name(call, "decline", name), call.actor, name, call.body.reason))


async def _do(call: Call, command: Command) -> Reply:
    found = await found_at(call)
    await submit(call, command, found.part)
    after = await found_at(call)
    return Reply(state_of(call, after, await packet_shown(call, after)))


async def _return(call: Call) -> Reply:
    asked: ReturnRequest = call.body
    found, name = await found_at(call), call.path["handover"]
    command = HandBack(
        command_name(call, "return", name),
        call.actor,
        name,
        asked.outcome,
        asked.continues,
        asked.notes,
        asked.facts,
    )
    answer = await submit(call, command, found.part)
    told = receipt(answer)
    done = answer.entry.facts if answer.entry is not None else ()
    held_by = next((fact.held_by for fact in done if isinstance(fact, HandoverReturned)), "")
    return Reply(ReturnReceipt(told.customer, told.position, told.facts, told.duplicate, name, asked.outcome, held_by))


_FOUND = ("handover-unknown",)
_TAKING = ("handover-unknown", "handover-over", "handover-role", "handover-taken", "command-conflict")

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/queues",
        summary="List queues",
        description="Who works in each, whether it is within its hours, and how much is in it.",
        handler=_queues,
        scope="customers:read",
        answers=(Content(JSON, QueueList),),
    ),
    Operation(
        method="GET",
        path="/v1/handovers",
        summary="List handovers",
        description="What waits, or stands as `status` says: the urgent ones first, then those opened first.",
        handler=_list,
        scope="customers:read",
        query=HandoverQuery,
        answers=(Content(JSON, HandoverPage),),
        problems=("customer-unknown", "identifier-refused", "queue-unknown"),
    ),
    Operation(
        method="POST",
        path="/v1/handovers",
        summary="Hand a conversation over",
        description="Refused with what is missing unless it is urgent or asked for anyway. Where nobody is there, what the "
        "queue does then is done at once, and the answer says so.",
        handler=_open,
        scope="handovers:write",
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, HandoverRequest),),
        answers=(Content(JSON, HandoverReceipt),),
        problems=(
            "customer-unknown",
            "identifier-refused",
            "conversation-unknown",
            "conversation-missing",
            "conversation-held",
            "queue-unknown",
            "handover-stranger",
            "actor-observed",
            "handover-incomplete",
            "handover-open",
            "handover-bounded",
            "handover-too-large",
            "handover-unknown",
            "command-conflict",
        ),
    ),
    Operation(
        method="GET",
        path="/v1/handovers/{handover}",
        summary="Look at a handover",
        description="With the packet as of now, judged for whoever reads it, and a link to it. Shows what the purpose "
        "may see, names what it may not, and is recorded.",
        handler=_get,
        scope="customers:read",
        parameters={"handover": HANDOVER},
        query=PacketQuery,
        answers=(Content(JSON, HandoverState),),
        problems=(*_FOUND, "purpose-unknown"),
    ),
    Operation(
        method="GET",
        path="/v1/handovers/{handover}/projection",
        summary="Get as much of a packet as fits",
        description="Never more than `bytes`, the most important first; `rest` names what was left out, with the link to it.",
        handler=_project,
        scope="customers:read",
        parameters={"handover": HANDOVER},
        query=ProjectionQuery,
        answers=(Content(JSON, {"type": "object"}),),
        problems=(*_FOUND, "purpose-unknown"),
    ),
    Operation(
        method="GET",
        path="/v1/handovers/{handover}/packet",
        summary="Get a packet by its link",
        description="Needs the link's token and no API key, until the link expires. Shows what the usual purpose "
        "may see, and is recorded.",
        handler=_packet,
        open=True,
        parameters={"handover": HANDOVER},
        query=LinkQuery,
        answers=(Content(JSON, Packet),),
        problems=("link-invalid", "handover-unknown"),
    ),
    Operation(
        method="POST",
        path="/v1/handovers/{handover}/acceptance",
        summary="Accept a handover",
        description="The first who asks takes it; anybody else is told who has.",
        handler=_accept,
        scope="handovers:write",
        parameters={"handover": HANDOVER},
        reads=(IDEMPOTENCY_KEY,),
        answers=(Content(JSON, HandoverState),),
        problems=_TAKING,
    ),
    Operation(
        method="POST",
        path="/v1/handovers/{handover}/decline",
        summary="Decline a handover",
        description="Also gives back to a queue what the caller had accepted.",
        handler=_decline,
        scope="handovers:write",
        parameters={"handover": HANDOVER},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, DeclineRequest),),
        answers=(Content(JSON, HandoverState),),
        problems=_TAKING,
    ),
    Operation(
        method="POST",
        path="/v1/handovers/{handover}/return",
        summary="Hand a conversation back",
        description="Says what came of it, what was learned and who goes on; counts once.",
        handler=_return,
        scope="handovers:write",
        parameters={"handover": HANDOVER},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ReturnRequest),),
        answers=(Content(JSON, ReturnReceipt),),
        problems=(
            *_TAKING,
            "handover-not-accepted",
            "handover-bounded",
            "handover-too-large",
            "continues-unfit",
            "outcome-unfit",
        ),
    ),
)
