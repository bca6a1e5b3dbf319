"""Moments as text."""

from datetime import UTC, datetime


def iso(at: int) -> str:
    """Return milliseconds since the epoch as an RFC 3339 time in UTC."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
