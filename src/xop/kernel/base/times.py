"""Moments as text."""

from datetime import UTC, datetime

_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_000


def iso(at: int) -> str:
    """Return milliseconds since the epoch as an RFC 3339 time in UTC, within the years 1 to 9999 that it can say."""
    moment = datetime.fromtimestamp(min(max(at, _FIRST), _LAST) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
