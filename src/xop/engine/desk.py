"""The desk as faces use it: handovers opened where their conversation is, found by id, and packed for people."""

from msgspec import Struct

from xop.engine.engine import Engine, Target
from xop.engine.ticket import Answer
from xop.kernel.base.actor import Actor
from xop.kernel.commands import HandOver
from xop.kernel.context.customer import Customer, heard_last
from xop.kernel.handovers.model import Handover
from xop.kernel.handovers.packet import Packet
from xop.kernel.handovers.queue import PARTS
from xop.kernel.handovers.sufficiency import Lack, lacks
from xop.kernel.moment import Moment
from xop.kernel.steps.handover import derive_handover
from xop.kernel.steps.packet import pack


class Opened(Struct, frozen=True):
    """What came of the wish to hand a conversation over."""

    answer: Answer
    """With the refusal, if it was refused."""
    handover: Handover | None = None
    """As it stands now; over already where nobody was there."""
    packet: Packet | None = None
    """What people receive; `missing` names what nobody said."""


class Found(Struct, frozen=True):
    """A handover, and the part of a customer that has it."""

    customer: Customer
    part: str
    handover: Handover


async def hand_over(engine: Engine, command: HandOver, target: Target) -> Opened:
    """Hand a conversation over on the side of a merged customer that is in it; raises as `Engine.submit` does.

    The same command again gets the handover that it opened, as it stands by then.
    """
    part = await place_of(engine, target, command.conversation)
    answer = await engine.submit(command, target if part is None else part)
    if answer.refusal is not None or part is None:
        return Opened(answer)
    origin = answer.entry.origin if answer.entry is not None else part
    found = await find(engine, derive_handover(command.id, origin))
    if found is None:
        return Opened(answer)
    return Opened(answer, found.handover, packet_of(engine, found))


async def place_of(engine: Engine, target: Target, conversation: str) -> str | None:
    """Return the part that is in a conversation, else the one an identifier leads to or that was heard of last."""
    customer = await engine.customer(target)
    if customer is None:
        return None
    inside = [part.id for part in customer.parts if conversation in part.conversations]
    if inside:
        return inside[0]
    return heard_last(customer) if target == customer.id else await engine.part(target)


async def find(engine: Engine, handover: str) -> Found | None:
    """Return a handover by its id; None when there is none, or it has been forgotten."""
    standing = await engine.runtime.desk.find(handover)
    customer = await engine.customer(standing.part) if standing is not None else None
    if standing is None or customer is None:
        return None
    known = customer.part(standing.part).handovers.get(handover)
    return Found(customer, standing.part, known) if known is not None else None


def packet_of(engine: Engine, found: Found, reader: Actor | None = None) -> Packet:
    """Return a handover's packet as of now, judged for whoever reads it."""
    moment = Moment(engine.runtime.clock.now(), 0, found.part)
    return pack(engine.release, found.customer, found.handover, moment, reader)


def lacks_of(engine: Engine, packet: Packet) -> tuple[Lack, ...]:
    """Return what a packet lacks of what its queue insists on."""
    queue = engine.release.queues.get(packet.queue)
    return lacks(packet, queue.requires if queue is not None else PARTS)
