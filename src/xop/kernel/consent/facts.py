"""What became true about a customer's consent."""

from msgspec import Struct

from xop.kernel.consent.model import ConsentRecord


class ConsentGranted(Struct, frozen=True, tag=True, tag_field="fact"):
    """The customer agreed to a purpose on a channel."""

    purpose: str
    channel: str
    record: ConsentRecord


class ConsentRefused(Struct, frozen=True, tag=True, tag_field="fact"):
    """The customer was asked and said no."""

    purpose: str
    channel: str
    record: ConsentRecord


class ConsentWithdrawn(Struct, frozen=True, tag=True, tag_field="fact"):
    """The customer took an agreement back."""

    purpose: str
    channel: str
    record: ConsentRecord


class ObjectionRaised(Struct, frozen=True, tag=True, tag_field="fact"):
    """The customer objected, whatever the legal basis; `*` stands for every channel."""

    purpose: str
    channel: str
    record: ConsentRecord


class SoftOptInNoted(Struct, frozen=True, tag=True, tag_field="fact"):
    """How the four conditions of a soft opt-in stand: without an agreement, they may permit electronic mail."""

    purpose: str
    channel: str
    record: ConsentRecord


class ConsentExpired(Struct, frozen=True, tag=True, tag_field="fact"):
    """A grant came to its end; the record is the grant's own."""

    purpose: str
    channel: str
    record: ConsentRecord


RecordedFact = ConsentGranted | ConsentRefused | ConsentWithdrawn | ObjectionRaised | SoftOptInNoted
"""Facts that bring a record of their own."""

ConsentFact = RecordedFact | ConsentExpired
