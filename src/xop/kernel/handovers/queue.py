"""A queue as a workspace declares it: who works in it and when, how long anything waits, and what follows if nobody is there."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.kernel.actions.model import Name
from xop.kernel.base.spans import Span

Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="A local time such as `09:00`.")]

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Language = Annotated[
    str,
    Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="A language tag such as `en` or `pt-BR` (BCP 47)."),
]

PacketPart = Literal["conversation", "summary", "intent", "transcript", "tried", "identity"]
"""The parts of a packet that a queue can insist on."""

PARTS: tuple[PacketPart, ...] = ("conversation", "summary", "intent", "transcript", "tried", "identity")


class Hours(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"begin": "from", "end": "to"}):
    """A span of the day in which people are there; one that ends before it begins lasts over midnight."""

    begin: Clock
    end: Clock
    days: tuple[Day, ...] = ()
    """The weekdays on which it begins; every day when empty."""


class Fallback(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What becomes of a handover that nobody takes: another queue, a promise to the customer, or back to who asked."""

    queue: Name | None = None
    """Another queue, when nobody is in this one."""
    promise: Annotated[str, Meta(min_length=1, max_length=400)] | None = None
    """What the customer is promised, such as a call back; without one it goes back with the outcome `nobody`."""
    within: Span = "1d"
    """When the promise must be kept."""


class Queue(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A queue: handovers wait there for one of the people who work in it."""

    name: Name
    roles: Annotated[tuple[Name, ...], Meta(min_length=1)]
    """Who works in it: whoever has one of these roles."""
    description: str = ""
    skills: tuple[Name, ...] = ()
    """What its people know; a handover that asks for a skill and no queue goes where it is known."""
    languages: tuple[Language, ...] = ()
    """What its people speak; any language when empty."""
    hours: tuple[Hours, ...] = ()
    """When its people are there; always when empty."""
    time_zone: str | None = None
    """The zone of the hours; the workspace's own when not given."""
    deadline: Span = "15m"
    """How long a handover waits here before it is escalated."""
    urgent_deadline: Span | None = None
    """How long an urgent one waits; as long as any other when not given."""
    handling: Span | None = None
    """How long whoever accepted one may keep it before it is escalated; any time when not given."""
    capacity: Annotated[int, Meta(ge=1)] | None = None
    """How many may wait here; when as many do, nobody counts as being there."""
    declines: Annotated[int, Meta(ge=1, le=100)] = 1
    """How many people must decline one before it goes on to the next queue."""
    escalation: Name | None = None
    """The queue for what nobody has accepted in time, or what was declined."""
    fallback: Fallback = Fallback()
    requires: tuple[PacketPart, ...] = ("summary", "intent", "transcript", "identity")
    """What must be known before a person is bothered."""
    suggests: Name | None = None
    """The decision set that is asked for next steps."""
