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


_ASKED_FIRST = marked(("What the verdict hangs on is asked of another system when you do it.",))


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


class Bar(Struct, frozen=True):
    """What may not be done now for the same reasons."""

    actions: list[str]
    verdict: str
    reasons: tuple[str, ...]


class PacketView(Struct, frozen=True):
    """A packet with what the desk needs beside it."""

    state: HandoverState
    packet: Packet
    name: str
    """What the customer is called."""
    intent: str
    title: str
    level: str
    steps: list[Step]
    bars: list[Bar]
    customer_address: str


def packet_view(state: HandoverState, name: str) -> PacketView:
    """Return a packet as it is read, of a customer of some name."""
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
            each.why if each.verdict != "unknown" else _ASKED_FIRST,
        )
        for number, each in enumerate(packet.next)
    ]
    intent = (packet.intent.name or packet.conversation.topic).replace("_", " ")
    return PacketView(
        state=state,
        packet=packet,
        name=name,
        intent=intent,
        title=f"{name} \N{EN DASH} {intent}" if intent else name,
        level=LEVELS[level],
        steps=steps,
        bars=_bars(packet),
        customer_address=f"{PREFIX}/customers/{quote(packet.customer, safe='')}",
    )


def _bars(packet: Packet) -> list[Bar]:
    found = dict[tuple[str, tuple[str, ...]], list[str]]()
    for each in packet.barred:
        found.setdefault((each.verdict, each.reasons), []).append(each.action.replace("_", " "))
    return [Bar(actions, verdict, reasons) for (verdict, reasons), actions in found.items()]


async def actions_of(visit: Visit) -> list[tuple[str, str]]:
    """Return the actions that this person is granted, with what each does; the arbiter judges every use all the same."""
    try:
        found = await visit.ask_if_allowed("GET /v1/catalog", query={"contracts": True})
    except ProblemError:
        found = None
    principal = visit.caller.principal
    return [
        (each.name, each.description)
        for each in (found.actions if found is not None else ())
        if principal.may_propose(each.name, each.contract.get("groups", ()))
    ]


async def reversible(visit: Visit) -> frozenset[str]:
    """Return the actions that this person may have undone once they were carried out."""
    if not visit.may("POST /v1/invocations/{invocation}/reversal"):
        return frozenset()
    try:
        found = await visit.ask_if_allowed("GET /v1/catalog", query={"contracts": True})
    except ProblemError:
        return frozenset()
    return frozenset(
        each.name for each in (found.actions if found is not None else ()) if each.contract.get("reversible_by")
    )


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
