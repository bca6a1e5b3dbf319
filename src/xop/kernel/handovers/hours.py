"""Whether people are there: the hours of a queue, in its own time zone."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xop.kernel.handovers.queue import DAYS, Hours


def is_open(hours: Iterable[Hours], zone: str, at: int) -> bool:
    """Say whether a moment (milliseconds since the epoch) is within one of some spans of the day; none of them is always."""
    spans = tuple(hours)
    if not spans:
        return True
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(_zone(zone))
    clock, today = f"{local.hour:02}:{local.minute:02}", local.weekday()
    return any(_within(each, clock, today) for each in spans)


def _within(hours: Hours, clock: str, today: int) -> bool:
    if hours.begin < hours.end:
        return hours.begin <= clock < hours.end and _on(hours, today)
    return (clock >= hours.begin and _on(hours, today)) or (clock < hours.end and _on(hours, today - 1))


def _on(hours: Hours, day: int) -> bool:
    return not hours.days or DAYS[day % len(DAYS)] in hours.days


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
