"""A handover's packet as people at the desk read it: what was wanted, what was tried, and what may be done now."""

from typing import Any
from urllib.parse import quote

from msgspec import Struct

from xop.faces.console.page import PREFIX
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.console.work.argument_form import ArgumentField, fields_of
from xop.faces.http.counter import HandoverState
from xop.faces.http.problems import ProblemError
from xop.kernel.handovers.packet import Packet

DESK = f"{PREFIX}/handovers"

LEVELS = marked(("unverified", "claimed", "verified", "verified by two factors or in person"))


class Step(Struct, frozen=True):
    """A next step that is suggested."""

    number: int
    title: str
    action: str
    arguments: dict[str, Any]
    reason: str
    by: str
    verdict: str
    why: tuple[str, ...]


class Draft(Struct, frozen=True):
    """An action that is about to be proposed, as a form."""

    action: str
    description: str
    fields: list[ArgumentField]


class PacketView(Struct, frozen=True):
    """A packet with what the desk needs beside it."""

    state: HandoverState
    packet: Packet
    title: str
    level: str
    steps: list[Step]
    customer_address: str


def packet_view(state: HandoverState) -> PacketView:
    """Return a packet as it is read."""
    packet = state.packet
    level = min(max(packet.identity.level, 0), len(LEVELS) - 1)
    steps = [
        Step(
            number,
            each.title or each.action.replace("_", " "),
            each.action,
            each.arguments,
            each.reason,
            each.by,
            each.verdict,
            each.why,
        )
        for number, each in enumerate(packet.next)
    ]
    return PacketView(
        state=state,
        packet=packet,
        title=(packet.intent.name or packet.conversation.topic or "conversation").replace("_", " "),
        level=LEVELS[level],
        steps=steps,
        customer_address=f"{PREFIX}/customers/{quote(packet.customer, safe='')}",
    )


async def actions_of(visit: Visit) -> list[tuple[str, str]]:
    """Return the actions that this person is granted, with what each does; the arbiter judges every use all the same."""
    try:
        found = await visit.ask_if_allowed("GET /v1/catalog", query={"contracts": True})
    except ProblemError:
        found = None
    granted = set(visit.caller.principal.actions)
    return [
        (each.name, each.description)
        for each in (found.actions if found is not None else ())
        if granted & {"*", each.name, *each.contract.get("groups", ())}
    ]


async def draft_of(visit: Visit, action: str, arguments: dict[str, Any], sent: dict[str, str]) -> Draft | None:
    """Return an action's form; None for one that is not known."""
    try:
        shown = await visit.ask_if_allowed("GET /v1/catalog/{action}", path={"action": action})
    except ProblemError:
        return None
    if shown is None:
        return None
    schema = shown.action.contract.get("input") or {}
    return Draft(action, shown.action.description, fields_of(schema, arguments, sent))
