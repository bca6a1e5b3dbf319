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


ConsentFact = ConsentGranted | ConsentRefused | ConsentWithdrawn | ObjectionRaised
