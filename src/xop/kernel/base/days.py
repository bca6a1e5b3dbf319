"""Days as a workspace writes them, and as the moments they begin and end at."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

DAY = 86_400_000
"""Milliseconds of a day."""

Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="A day such as `2026-01-31`.")]


def is_day(text: str) -> bool:
    """Say whether text of the right shape names a day that there is."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def begin_of(day: str) -> int:
    """Return the moment a day begins in UTC, in milliseconds since the epoch; raises ValueError for no day."""
    return int(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp()) * 1000


def end_of(day: str) -> int:
    """Return the moment a day is over in UTC, in milliseconds since the epoch; raises ValueError for no day."""
    return begin_of(day) + DAY
