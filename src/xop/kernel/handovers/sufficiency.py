"""The sufficiency check: what a packet lacks before a person should be bothered with it."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from xop.kernel.handovers.packet import Packet
from xop.kernel.handovers.queue import PARTS, PacketPart


class Lack(Struct, frozen=True):
    """A part that is missing, and what to send for it."""

    part: PacketPart
    remedy: str


_PRESENT: Mapping[PacketPart, Callable[[Packet], bool]] = {
    "conversation": lambda packet: bool(packet.conversation.id),
    "summary": lambda packet: bool(packet.summary.strip()),
    "intent": lambda packet: bool(packet.intent.name.strip()),
    "transcript": lambda packet: bool(packet.transcript),
    "tried": lambda packet: bool(packet.tried),
    "identity": lambda packet: packet.identity.known,
}

_REMEDIES: Mapping[PacketPart, str] = {
    "conversation": "name the `conversation`",
    "summary": "say in `summary` what has happened and what is open",
    "intent": "name in `intent` what the customer wants to get done",
    "transcript": "give in `transcript` where the conversation can be read or heard",
    "tried": "list in `tried` what was tried with which outcome",
    "identity": "verify the customer, or link an identifier that is theirs alone",
}


def remedy_of(part: PacketPart) -> str:
    """Return what to send for a part that is missing."""
    return _REMEDIES[part]


def lacks(packet: Packet, required: Iterable[PacketPart] = PARTS) -> tuple[Lack, ...]:
    """Return the required parts that a packet lacks, in the order of `PARTS`."""
    asked = frozenset(required)
    return tuple(Lack(part, _REMEDIES[part]) for part in PARTS if part in asked and not _PRESENT[part](packet))


def completeness(packet: Packet, required: Iterable[PacketPart] = PARTS) -> float:
    """Return the share of the required parts that a packet has, from 0 to 1."""
    asked = frozenset(required)
    return 1.0 - len(lacks(packet, asked)) / len(asked) if asked else 1.0
