"""Times as scenarios write them: clock times such as `09:00`, and moments."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from xop.kernel.pressure.measure import known_zone

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC)

CLOCK_REMEDY = "write a clock time such as 09:00, or an RFC 3339 time such as 2026-03-02T10:00:00+01:00"


def clock_time(text: str) -> tuple[int, int] | None:
    """Return the hour and minute of a clock time; None when it is none."""
    match = _CLOCK.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def moment(text: str, zone: str) -> int | None:
    """Return an RFC 3339 time in milliseconds since the epoch, in a zone when it has no offset; None when it is none."""
    try:
        told = datetime.fromisoformat(text)
        zoned = told if told.tzinfo else told.replace(tzinfo=zone_of(zone))
        return int(zoned.timestamp() * 1000) if _FIRST <= zoned <= _LAST else None
    except (ValueError, OverflowError):
        return None


def next_clock_time(at: int, zone: str, clock: tuple[int, int]) -> int:
    """Return when the clock in a zone shows a time next, after a moment; in milliseconds since the epoch."""
    local = local_time(at, zone)
    due = local.replace(hour=clock[0], minute=clock[1], second=0, microsecond=0, fold=0)
    while int(due.timestamp() * 1000) <= at:
        due += timedelta(days=1)
    return int(due.timestamp() * 1000)


def local_time(at: int, zone: str) -> datetime:
    """Return a moment as the clock and calendar of a zone show it."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone_of(zone))


def told(at: int, zone: str) -> str:
    """Return a moment as text in a zone, to the second."""
    return local_time(at, zone).isoformat(timespec="seconds")


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone; UTC where there is none of that name, as the rules do."""
    return ZoneInfo(name if known_zone(name) else "UTC")
