"""When a wait is over: after a span, at a local clock time, or at a moment that a template names."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from xop.kernel.base.spans import milliseconds
from xop.kernel.context.customer import Part
from xop.kernel.journeys.model import WEEKDAYS, WaitStep
from xop.kernel.pressure.measure import known_zone
from xop.kernel.release import Release

_MARGIN = 30 * 86_400_000

_LATEST = 253_402_300_799_000
"""The last moment that a calendar knows, in milliseconds since the epoch."""


def zone_of(release: Release, view: Part) -> str:
    """Return the time zone of a customer, the workspace's own when theirs is not known."""
    known = view.profile.get(release.zone_field)
    own = known is not None and isinstance(known.value, str) and known_zone(known.value)
    return known.value if known is not None and own else release.zone


def wait_over(step: WaitStep, since: int, zone: str, moment: Any = None) -> int | None:
    """Return when a wait that began at `since` is over (milliseconds since the epoch); None for a moment that is none."""
    if step.moment:
        return as_moment(moment)
    # A wait lasts: the clock time that it is now is tomorrow's.
    due = since + (milliseconds(step.span) if step.span is not None else 1 if step.until is not None else 0)
    return local_time(due, step.until, step.days, zone) if step.until is not None else due


def local_time(at: int, clock: str, days: tuple[str, ...], zone: str) -> int:
    """Return the next moment at or after `at` at which clocks in a zone show a time, on one of some weekdays.

    A time that a change to summer time skips comes by as much later; one that comes twice is meant the first time.
    """
    if at > _LATEST - _MARGIN:
        return at
    place = _zone(zone)
    hour, minute = (int(each) for each in clock.split(":"))
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(place)
    for ahead in range(9):
        day = local + timedelta(days=ahead)
        wanted = datetime(day.year, day.month, day.day, hour, minute, tzinfo=place)
        due = int(wanted.timestamp() * 1000)
        if due >= at and (not days or WEEKDAYS[wanted.weekday()] in days):
            return due
    return at


def as_moment(value: Any) -> int | None:
    """Return a time as milliseconds since the epoch: a whole number of them, or RFC 3339 text with its zone."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value <= _LATEST else None
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return int(moment.timestamp() * 1000) if moment.tzinfo is not None else None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name if known_zone(name) else "UTC")
