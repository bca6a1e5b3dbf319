"""A queue is open in its own time zone, over midnight and on the days it names."""

from datetime import UTC, datetime

import pytest

from xop.kernel.handovers.hours import is_open
from xop.kernel.handovers.queue import Hours

WORK = Hours("09:00", "17:00", ("mon", "tue", "wed", "thu", "fri"))
NIGHT = Hours("22:00", "06:00", ("fri",))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("hours", "zone", "moment", "expected"),
    [
        ((), "UTC", "2026-07-05T03:00", True),
        ((WORK,), "UTC", "2026-07-03T09:00", True),
        ((WORK,), "UTC", "2026-07-03T08:59", False),
        ((WORK,), "UTC", "2026-07-03T17:00", False),
        ((WORK,), "UTC", "2026-07-04T12:00", False),
        ((WORK,), "Europe/Amsterdam", "2026-07-03T07:00", True),
        ((WORK,), "America/New_York", "2026-07-03T12:00", False),
        ((WORK,), "no/where", "2026-07-03T12:00", True),
        ((NIGHT,), "UTC", "2026-07-03T23:00", True),
        ((NIGHT,), "UTC", "2026-07-04T05:59", True),
        ((NIGHT,), "UTC", "2026-07-04T23:00", False),
        ((NIGHT,), "UTC", "2026-07-03T05:00", False),
        ((WORK, NIGHT), "UTC", "2026-07-03T23:00", True),
    ],
)
def test_people_are_there_within_the_hours(hours, zone, moment, expected):
    assert is_open(hours, zone, at(moment)) is expected
