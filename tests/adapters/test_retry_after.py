"""Any Retry-After header gives a wait or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.requests import NOW
from xop.ports.retry_after import LONGEST_WAIT, retry_after


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        (" 12 ", 12_000),
        ("1.5", None),
        ("-1", None),
        ("Thu, 20 Nov 2025 00:53:21 GMT", 1_000),
        ("Thu, 20 Nov 2025 00:53:21", 1_000),
        ("Fri, 20 Nov 2026 00:00:00 GMT", LONGEST_WAIT),
        ("Thu, 99 Nov 2025 00:53:21 GMT", None),
    ],
)
def test_seconds_and_dates_are_read(header, wait):
    assert retry_after(header, NOW) == wait


@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]?\w+"))
def test_no_header_raises_or_waits_longer_than_a_day(header):
    wait = retry_after(header, NOW)
    assert wait is None or 0 <= wait <= LONGEST_WAIT
