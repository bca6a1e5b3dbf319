"""Lengths of time are said in words: of spans and of periods of the calendar."""

import pytest
from babel import Locale

from xop.faces.console.governance.lasting import lasting
from xop.faces.console.words import Words, zone_named


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("30d", "30 days"),
        ("90m", "90 minutes"),
        ("P13M", "13 months"),
        ("P1Y6M", "1 year, 6 months"),
        ("P2W", "2 weeks"),
        ("1y", "1 year"),
        ("", ""),
        ("P", "P"),
        ("for ever", "for ever"),
        ("12q", "12q"),
    ],
)
def test_a_length_of_time_is_said_in_words_or_left_as_it_is(period, said):
    assert lasting(period, Words(Locale("en"), zone_named("UTC"), 0)) == said


def test_it_is_said_in_the_readers_language():
    assert lasting("P13M", Words(Locale("de"), zone_named("UTC"), 0)) == "13 Monate"
