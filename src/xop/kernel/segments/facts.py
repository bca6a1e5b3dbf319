"""What became true of a customer's membership in segments."""

from msgspec import Struct


class SegmentEntered(Struct, frozen=True, tag=True, tag_field="fact"):
    """The customer came to be in a segment."""

    segment: str


class SegmentLeft(Struct, frozen=True, tag=True, tag_field="fact"):
    """The customer is no longer in a segment."""

    segment: str


SegmentFact = SegmentEntered | SegmentLeft
