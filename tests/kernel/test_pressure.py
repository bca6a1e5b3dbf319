"""Contact pressure: sliding windows, and quiet hours by the customer's own clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xop.kernel.consent.model import Cap, QuietHours
from xop.kernel.pressure.measure import known_zone, quiet_until, reached
from xop.kernel.pressure.model import Contact, add_contact, release_contact

HOUR = 3_600_000
DAY = 24 * HOUR
NIGHT = QuietHours("21:00", "08:00")


def at(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def contact(moment, purpose="marketing", channel="email", invocation=""):
    return Contact(moment, purpose, channel, "somebody", invocation)


def test_a_cap_is_reached_by_the_count_in_its_window():
    cap = Cap(2, "7d")
    now = 30 * DAY
    contacts = (contact(now - 8 * DAY), contact(now - DAY))
    assert reached([cap], contacts, "marketing", "email", now) is None
    assert reached([cap], (*contacts, contact(now)), "marketing", "email", now) == cap


def test_a_contact_leaves_the_window_exactly_when_it_is_as_old_as_the_window():
    cap = Cap(1, "1d")
    assert reached([cap], (contact(0),), "marketing", "email", DAY - 1) == cap
    assert reached([cap], (contact(0),), "marketing", "email", DAY) is None


def test_a_cap_of_one_channel_counts_that_channel_only():
    cap = Cap(1, "1d", channel="sms")
    assert reached([cap], (contact(5),), "marketing", "sms", 10) is None
    assert reached([cap], (contact(5, channel="sms"),), "marketing", "sms", 10) == cap
    assert reached([cap], (contact(5, channel="sms"),), "marketing", "email", 10) is None


def test_a_cap_over_all_purposes_counts_every_purpose():
    cap = Cap(1, "1d")
    assert reached([cap], (contact(5, purpose="service"),), "marketing", "email", 10) is None
    assert reached([cap], (contact(5, purpose="service"),), None, "email", 10) == cap


def test_a_cap_of_nothing_is_always_reached():
    assert reached([Cap(0, "1d")], (), "marketing", "email", 0) is not None


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-07-01T20:59:00+00:00", None),
        ("2026-07-01T21:00:00+00:00", "2026-07-02T08:00:00+00:00"),
        ("2026-07-02T03:00:00+00:00", "2026-07-02T08:00:00+00:00"),
        ("2026-07-02T07:59:59+00:00", "2026-07-02T08:00:00+00:00"),
        ("2026-07-02T08:00:00+00:00", None),
    ],
)
def test_a_night_over_midnight(moment, until):
    assert quiet_until(NIGHT, "UTC", at(moment)) == (at(until) if until else None)


def test_quiet_hours_within_a_day():
    siesta = QuietHours("13:00", "15:30")
    assert quiet_until(siesta, "UTC", at("2026-07-01T14:00:00+00:00")) == at("2026-07-01T15:30:00+00:00")
    assert quiet_until(siesta, "UTC", at("2026-07-01T15:30:00+00:00")) is None


def test_it_is_the_customers_clock_that_counts():
    moment = at("2026-07-01T12:00:00+00:00")
    assert quiet_until(NIGHT, "UTC", moment) is None
    assert quiet_until(NIGHT, "Asia/Tokyo", moment) == at("2026-07-02T08:00:00+09:00")


def test_the_morning_after_the_clocks_change_is_the_local_morning():
    evening = at("2026-03-28T22:00:00+01:00")
    assert quiet_until(NIGHT, "Europe/Berlin", evening) == at("2026-03-29T08:00:00+02:00")


def test_an_unknown_zone_counts_as_utc():
    assert not known_zone("Mars/Olympus")
    assert quiet_until(NIGHT, "Mars/Olympus", at("2026-07-01T22:00:00+00:00")) == at("2026-07-02T08:00:00+00:00")


@given(
    st.integers(0, 4_000_000_000_000),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_quiet_hours_end_in_the_future_at_the_end_they_name(moment, zone):
    until = quiet_until(NIGHT, zone, moment)
    if until is not None:
        assert moment < until <= moment + DAY
        local = datetime.fromtimestamp(until / 1000, UTC).astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute) == (8, 0)


@given(st.lists(st.integers(0, 100)), st.integers(0, 100))
def test_contacts_stay_in_order_whatever_order_they_come_in(times, since):
    contacts: tuple[Contact, ...] = ()
    for number, moment in enumerate(times):
        contacts = add_contact(contacts, contact(moment, invocation=str(number)), since)
    assert [each.at for each in contacts] == sorted(each.at for each in contacts)
    assert release_contact(contacts, "0") == tuple(each for each in contacts if each.invocation != "0")
