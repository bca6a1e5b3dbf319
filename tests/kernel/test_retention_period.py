"""Periods of retention: spans, and months as the calendar has them."""

from datetime import UTC, datetime

import pytest

from xop.kernel.retention.period import before, lasts_six_months


def at(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("day", "period", "expected"),
    [
        ("2026-08-31", "P6M", "2026-02-28"),
        ("2028-08-31", "P6M", "2028-02-29"),
        ("2026-03-01", "P6M", "2025-09-01"),
        ("2026-01-15", "P1M", "2025-12-15"),
        ("2028-02-29", "P1Y", "2027-02-28"),
        ("2026-05-20", "P1Y6M", "2024-11-20"),
        ("2026-05-20", "P2W3D", "2026-05-03"),
        ("2026-05-20", "90d", "2026-02-19"),
        ("2026-05-20", "48h", "2026-05-18"),
    ],
)
def test_a_period_ago_is_as_the_calendar_has_it(day, period, expected):
    assert before(at(day), period) == at(expected)


def test_nothing_is_before_the_beginning():
    assert before(at("2026-05-20"), "P999Y") == 0


@pytest.mark.parametrize("period", ["P6M", "P1Y", "184d", "P5M34D", "27w"])
def test_six_months_are_enough_whenever_they_end(period):
    assert lasts_six_months(period)
    for month in range(1, 13):
        end = at(f"2026-{month:02}-28")
        assert before(end, period) <= before(end, "P6M")


@pytest.mark.parametrize("period", ["P5M", "183d", "P5M33D", "26w", "1h", "P180D"])
def test_less_than_six_months_is_found_short(period):
    assert not lasts_six_months(period)


def test_what_is_no_period_is_said_to_be_none():
    with pytest.raises(ValueError, match="no period"):
        before(0, "six months")
