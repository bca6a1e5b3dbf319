"""Packets as callers see them: no more than their purpose may see, and only once the ledger tells of the look."""

from xop.engine import desk
from xop.faces.http.disclosure import Look, look_by_link, look_of, packet_seen, record
from xop.faces.http.operation import Call
from xop.faces.http.problems import ProblemError
from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.engagement import engaged
from xop.kernel.handovers.packet import Packet
from xop.kernel.privacy.screen import Screen

_TAKERS = frozenset({"operator", "partner"})
"""Who may take a handover, and so looks at what waits; anybody else looks only at customers they are engaged with."""


async def packet_shown(call: Call, found: desk.Found, purpose: str | None = None) -> Packet:
    """Return as much of a handover's packet as the caller may see now; raises ProblemError for who may see none.

    Raises as `record` does where the look cannot be recorded.
    """
    engine, actor = call.platform.engine, call.actor
    look = look_of(engine.release, call.caller.principal, purpose)
    if actor.kind not in _TAKERS:
        _require_engaged(call, found)
    return await _disclosed(call, look, found, desk.packet_of(engine, found, actor))


async def packet_by_link(call: Call, found: desk.Found) -> Packet:
    """Return as much of a handover's packet as whoever has its link may see now; raises as `record` does."""
    engine = call.platform.engine
    return await _disclosed(call, look_by_link(engine.release), found, desk.packet_of(engine, found))


async def _disclosed(call: Call, look: Look, found: desk.Found, packet: Packet) -> Packet:
    engine = call.platform.engine
    screen = Screen(engine.release.privacy, look.access)
    seen = packet_seen(packet, screen)
    await record(engine, look, found.customer, screen)
    return seen


def _require_engaged(call: Call, found: desk.Found) -> None:
    """What people hold is closed to agents, the packet with it; raises ProblemError (403)."""
    now = call.platform.runtime.clock.now()
    asked = Invocation("", "", call.actor, "held", now, "", conversation=found.handover.conversation)
    if not engaged(call.platform.engine.release, found.customer.view, asked):
        cause = f"{call.actor} is in no conversation or task with the customer, or people hold it"
        raise ProblemError("scope-missing", cause, "wait until it is handed back")
