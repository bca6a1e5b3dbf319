"""What callers see of handovers: where one stands, its packet, and what is missing when it is refused."""

from msgspec import Struct

from xop.engine import desk
from xop.faces.http.commanding import Receipt
from xop.faces.http.links import packet_link
from xop.faces.http.operation import Call
from xop.faces.http.problems import Detail, ProblemError, refused
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.handovers.model import HandoverStatus
from xop.kernel.handovers.packet import Packet
from xop.kernel.handovers.queue import PARTS
from xop.kernel.handovers.sufficiency import remedy_of
from xop.ports.desk import DeskStanding, standing


class HandoverView(Struct, frozen=True):
    """Where a handover stands, without what is in it."""

    handover: str
    customer: str
    """The part of the customer it is about."""
    conversation: str
    queue: str
    status: HandoverStatus
    urgent: bool
    intent: str
    language: str
    at: str
    """When it was opened."""
    since: str
    """Since when it stands as it does."""
    due: str | None
    """When the present wait is over."""
    by: str
    """Who has accepted it."""
    summary: str = ""
    """The beginning of its summary, where a list was asked for with `summaries`."""


class HandoverState(Struct, frozen=True):
    """A handover with its packet."""

    handover: HandoverView
    outcome: str
    """What came of it, once it is over."""
    continues: str
    notes: str
    packet: Packet
    link: str
    """Where the packet can be had without an API key."""
    link_until: str


class HandoverReceipt(Receipt, frozen=True):
    """What the wish to hand over led to."""

    handover: str
    queue: str
    status: HandoverStatus
    outcome: str
    """`promised` or `nobody` when nobody is there; empty while it waits."""
    due: str | None
    """When the wait is over."""
    promise: str
    """The promise that was made to the customer, when nobody is there."""
    missing: tuple[str, ...]
    """What people should know and nobody said."""


class ReturnReceipt(Receipt, frozen=True):
    """What handing back made true."""

    handover: str
    outcome: str
    held_by: str
    """Who holds the conversation now."""


def handover_view(each: DeskStanding) -> HandoverView:
    """Return where a handover stands, as callers see it."""
    return HandoverView(
        handover=each.handover,
        customer=each.part,
        conversation=each.conversation,
        queue=each.queue,
        status=each.status,
        urgent=each.urgent,
        intent=each.intent,
        language=each.language,
        at=iso(each.at),
        since=iso(each.since),
        due=iso(each.due) if each.due else None,
        by=each.by,
    )


async def found_at(call: Call) -> desk.Found:
    """Return the handover that a path names; raises ProblemError (404)."""
    name = call.path["handover"]
    found = await desk.find(call.platform.engine, name)
    if found is None:
        raise ProblemError("handover-unknown", f"there is no handover {name[:80]!r}, or it has been forgotten")
    return found


def state_of(call: Call, found: desk.Found, packet: Packet) -> HandoverState:
    """Return a handover with its packet and a fresh link to it."""
    known = found.handover
    link, until = address(call, known.id)
    view = handover_view(standing(found.part, known))
    return HandoverState(view, known.outcome, known.continues, known.notes, packet, link, iso(until))


def address(call: Call, handover: str) -> tuple[str, int]:
    """Return a fresh link to a packet, as a path of this server, and until when it is good (milliseconds since the epoch)."""
    return packet_link(call.platform.link_key, handover, call.platform.runtime.clock.now())


def refused_handover(refusal: Refusal) -> ProblemError:
    """Return why a conversation was not handed over as a problem, with every missing part in its place."""
    problem = refused(refusal)
    missing = tuple(part for part in PARTS if part in refusal.missing)
    errors = [Detail(f"{each} is missing", remedy=remedy_of(each), where=f"/{each}") for each in missing]
    return ProblemError(problem.code, problem.detail, problem.remedy, errors)
