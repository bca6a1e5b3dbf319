"""Periods for which data is kept: a span such as `90d`, or years, months, weeks and days of the calendar such as `P6M`."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple

from msgspec import Meta

_SPAN = r"[0-9]{1,9}(ms|s|m|h|d|w)"
_CALENDAR = r"P(?=[0-9])(([0-9]{1,3})Y)?(([0-9]{1,4})M)?(([0-9]{1,4})W)?(([0-9]{1,5})D)?"

Period = Annotated[
    str,
    Meta(
        pattern=f"^({_SPAN}|{_CALENDAR})$",
        description="A span such as `90d`, or a period of the calendar such as `P6M` or `P1Y6M` (ISO 8601).",
    ),
]

SIX_MONTHS: Period = "P6M"
"""How long the AI Act has records of high-risk systems kept at the least (Art. 19 and 26(6))."""

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_FIRST_YEAR = 1
_FEWEST_DAYS = (0, 28, 59, 89, 120, 150)
"""The fewest days that so many months in a row have."""
_MOST_DAYS = 184
"""The most days that six months in a row have."""


class _Length(NamedTuple):
    months: int
    milliseconds: int


def before(at: int, period: Period) -> int:
    """Return the moment a period before another (both in milliseconds since the epoch, months counted in UTC).

    A day that a month does not have is its last: six months before 31 August is 28 or 29 February.
    """
    months, rest = _length(period)
    moment = datetime.fromtimestamp(at // 1000, UTC)
    count = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(count, 12)
    if year < _FIRST_YEAR:
        return 0
    day = min(moment.day, monthrange(year, month + 1)[1])
    begun = moment.replace(year=year, month=month + 1, day=day)
    return max(int(begun.timestamp()) * 1000 + at % 1000 - rest, 0)


def lasts_six_months(period: Period) -> bool:
    """Say whether a period is never shorter than six months, whenever it ends."""
    months, rest = _length(period)
    days = timedelta(milliseconds=rest).days
    return months >= len(_FEWEST_DAYS) or _FEWEST_DAYS[months] + days >= _MOST_DAYS


@lru_cache(maxsize=256)
def _length(period: Period) -> _Length:
    span = re.fullmatch(r"([0-9]+)(ms|s|m|h|d|w)", period)
    if span is not None:
        return _Length(0, int(span[1]) * _UNITS[span[2]])
    calendar = re.fullmatch(_CALENDAR, period)
    if calendar is None:
        message = f"{period!r} is no period; write a span such as 90d, or P6M"
        raise ValueError(message)
    years, months, weeks, days = (int(calendar[group] or 0) for group in (2, 4, 6, 8))
    return _Length(years * 12 + months, weeks * _UNITS["w"] + days * _UNITS["d"])
