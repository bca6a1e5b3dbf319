"""Ranges: the spans of time that figures can be looked at for."""

from msgspec import Struct

from xop.faces.console.words import marked


class Range(Struct, frozen=True):
    """A span of time up to now."""

    name: str
    """As the API and the address have it."""
    title: str
    step: str
    """How long a point of its series is."""
    before: str
    """What it is compared with."""


RANGES = (
    Range("15m", marked("15 min"), "1m", marked("the 15 minutes before")),
    Range("1h", marked("1 hour"), "1m", marked("the hour before")),
    Range("24h", marked("24 hours"), "5m", marked("the 24 hours before")),
    Range("7d", marked("7 days"), "1h", marked("the 7 days before")),
    Range("30d", marked("30 days"), "1d", marked("the 30 days before")),
)


def range_named(name: str) -> Range:
    """Return a range by its name; an hour for one that is not known."""
    return next((each for each in RANGES if each.name == name), RANGES[1])
