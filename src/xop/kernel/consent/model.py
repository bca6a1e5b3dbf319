"""Purposes, channels and consent records.

Statuses follow ISO/IEC TS 27560 and the W3C Data Privacy Vocabulary; legal bases are GDPR Article 6(1)(a) to (f).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.kernel.base.spans import Span

Basis = Literal["consent", "contract", "legal_obligation", "vital_interest", "public_task", "legitimate_interest"]

Status = Literal["granted", "refused", "withdrawn", "objected"]

Suppression = Literal["support", "complaint", "vulnerable"]


class Channel(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A way to reach a customer."""

    name: str
    namespace: str | None = None
    """The identifier namespace that holds the address; none for channels without one."""
    description: str = ""


class Cap(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """At most `most` contacts within a sliding `window`, whoever sends them."""

    most: Annotated[int, Meta(ge=0, le=100_000)]
    window: Span
    channel: str | None = None
    """Only contacts on this channel; all channels when not given."""


class QuietHours(Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from", "end": "to"}):
    """The local hours in which a customer is left alone, such as from 21:00 to 08:00."""

    begin: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    end: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Purpose(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why a customer's data is used or a customer contacted, and what that takes."""

    name: str
    basis: Basis
    channels: tuple[str, ...] = ()
    """Channels the purpose may use; consent for one never covers another."""
    promotional: bool = False
    """Whether it is direct marketing, which any objection ends (GDPR Article 21(2) and (3))."""
    description: str = ""
    gpc: bool = False
    """Whether a Global Privacy Control signal objects to it."""
    valid_for: Span | None = None
    """How long a grant lasts when it names no end."""
    caps: tuple[Cap, ...] = ()
    quiet_hours: QuietHours | None = None
    suppressed_during: tuple[Suppression, ...] = ()


class ConsentRecord(Struct, frozen=True, omit_defaults=True):
    """One change of consent: what, since when, until when, by what proof."""

    status: Status
    at: int
    source: str
    """Who recorded it."""
    proof: str = ""
    """A reference to the evidence, such as a form version or a call recording."""
    until: int | None = None
    """When a grant lapses, in milliseconds since the epoch."""


class ConsentAnswer(Struct, frozen=True):
    """Whether a purpose may be pursued on a channel at one moment, and why."""

    permitted: bool
    code: str
    """`granted`, `not_needed`, `unknown`, `refused`, `withdrawn`, `objected`, `expired`, `channel`, `purpose` or `customer`."""
    basis: str
    origins: tuple[str, ...] = ()
    """The parts of the customer that permit it: an address of another part may not be used."""
    record: ConsentRecord | None = None
