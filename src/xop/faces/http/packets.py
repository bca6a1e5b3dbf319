"""Packets as callers see them: no more than their purpose may see, and only once the ledger tells of the look."""

from xop.engine import desk
from xop.faces.http.disclosure import Look, look_by_link, look_of, packet_seen, record
from xop.faces.http.operation import Call
from xop.faces.http.reach import is_engaged
from xop.faces.http.targets import out_of_reach
from xop.kernel.handovers.model import PEOPLE
from xop.kernel.handovers.packet import Packet
from xop.kernel.privacy.screen import Screen


async def packet_shown(call: Call, found: desk.Found, purpose: str | None = None) -> Packet:
    """Return as much of a handover's packet as the caller may see now; raises ProblemError for who may see none.

    What people hold is closed to agents, the packet with it; who may take it looks at what waits. Raises as `record`
    does where the look cannot be recorded.
    """
    engine, actor = call.platform.engine, call.actor
    look = look_of(engine.release, call.caller.principal, purpose)
    conversation = found.handover.conversation
    if actor.kind not in PEOPLE and not is_engaged(engine, call.caller.principal, found.customer, conversation):
        raise out_of_reach()
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
