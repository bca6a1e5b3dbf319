"""Virtual time runs by the customer's own clock, also in the nights in which clocks change."""

import pytest

from tests.lab.scenarios.material import failures

NIGHT = """
scenarios:
  - name: A night
    at: {at}
    given:
      - customer: ana
        identifiers: {{email: ana@harbour.test}}
        consents: [{{purpose: marketing, channel: email}}]
        profile: {{time_zone: {zone}}}
    when:
      - propose: {{action: send_offer, actor: operator:olga}}
    then:
      - held: {{until: quiet_hours_end, due: {due}}}
      - held: {{due: "08:00"}}
    steps:
      - when:
          - after: {short}
        then:
          - not_sent: {{}}
      - when:
          - after: 2m
        then:
          - sent: {{count: 1, between: ["08:10", "08:12"]}}
"""


@pytest.mark.parametrize(
    ("at", "zone", "due", "short"),
    [
        # Quiet hours end at 08:00, and the offer waits ten minutes more before it leaves.
        ("2026-03-29T00:00:00+01:00", "Europe/Berlin", "2026-03-29T08:00:00+02:00", "7h"),
        ("2026-03-30T00:00:00+02:00", "Europe/Berlin", "2026-03-30T08:00:00+02:00", "8h"),
        ("2026-10-25T00:00:00+02:00", "Europe/Berlin", "2026-10-25T08:00:00+01:00", "9h"),
        ("2026-11-01T00:00:00-04:00", "America/New_York", "2026-11-01T08:00:00-05:00", "9h"),
        ("2026-04-05T00:00:00+11:00", "Australia/Sydney", "2026-04-05T08:00:00+10:00", "9h"),
        ("2026-10-04T00:00:00+10:00", "Australia/Sydney", "2026-10-04T08:00:00+11:00", "7h"),
    ],
)
def test_quiet_hours_end_by_the_local_clock_when_clocks_change(at, zone, due, short):
    assert failures(NIGHT.format(at=at, zone=zone, due=due, short=short)) != []
    # The offer's own delay counts from the proposal, so that it leaves when quiet hours end.
    text = NIGHT.format(at=at, zone=zone, due=due, short=short).replace('["08:10", "08:12"]', '["08:00", "08:01"]')
    text = text.replace(f"after: {short}", f"after: {int(short[:-1]) * 60 - 1}m")
    assert failures(text) == []


UNTIL = """
scenarios:
  - name: A clock
    at: {at}
    given:
      - customer: ana
        identifiers: {{account: a}}
        profile: {{time_zone: {zone}}}
    when:
      - until: {until}
    then:
      - context: now == timestamp("{now}")
"""


@pytest.mark.parametrize(
    ("at", "zone", "until", "now"),
    [
        ("2026-03-02T10:00:00Z", "UTC", '"10:30"', "2026-03-02T10:30:00Z"),
        ("2026-03-02T10:00:00Z", "UTC", '"10:00"', "2026-03-03T10:00:00Z"),
        ("2026-03-02T10:00:00Z", "UTC", '"09:59"', "2026-03-03T09:59:00Z"),
        ("2026-03-02T10:00:00Z", "Asia/Tokyo", '"09:00"', "2026-03-03T00:00:00Z"),
        ("2026-03-28T10:00:00+01:00", "Europe/Berlin", '"09:00"', "2026-03-29T07:00:00Z"),
        ("2026-10-24T10:00:00+02:00", "Europe/Berlin", '"09:00"', "2026-10-25T08:00:00Z"),
        ("2026-03-02T10:00:00Z", "UTC", "2026-03-05T00:00:00+01:00", "2026-03-04T23:00:00Z"),
        ("2026-03-02T10:00:00", "UTC", '"11:00"', "2026-03-02T11:00:00Z"),
    ],
)
def test_time_passes_until_the_customers_clock_shows_it(at, zone, until, now):
    assert failures(UNTIL.format(at=at, zone=zone, until=until, now=now)) == []
    assert len(failures(UNTIL.format(at=at, zone=zone, until=until, now=now.replace("2026", "2027")))) == 1


def test_a_time_without_an_offset_is_the_workspaces():
    settings = {"workspace.toml": 'name = "harbour"\ntime_zone = "Asia/Tokyo"\ntime_zone_field = "time_zone"\n'}
    text = """
scenarios:
  - name: In Tokyo
    at: 2026-03-02T09:00:00
    given:
      - customer: ana
        identifiers: {account: a}
    when:
      - after: 1m
    then:
      - context: now == timestamp("2026-03-02T00:01:00Z")
"""
    assert failures(text, settings) == []
    assert failures(text) != []
