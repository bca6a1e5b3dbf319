"""Sentences about customers, said to them."""

import pytest

from xop.kernel.base.phrase import spoken
from xop.kernel.hindsight.voice import addressed, moment, sentence


@pytest.mark.parametrize(
    ("about", "to"),
    [
        ("The customer has trouble paying.", "You have trouble paying."),
        ("Takes an amount off the customer's next bill.", "Takes an amount off your next bill."),
        ("Nothing says that the customer wants help.", "Nothing says that you want help."),
        ("Sends a customer one offer.", "Sends you one offer."),
        ("All senders wrote to the customer as often as allowed.", "All senders wrote to you as often as allowed."),
        ("The customer is leaving: they get help.", "You are leaving: you get help."),
        ("Stops at xop.contact_cap.", "Stops at xop contact cap."),
        ("The customer met contact.cap_reached.", "You met contact cap reached."),
        ("Nobody is meant.", "Nobody is meant."),
    ],
)
def test_a_sentence_about_a_customer_is_said_to_them(about, to):
    assert addressed(about) == to


def test_a_moment_is_told_in_the_customers_own_time():
    at = 1_790_596_800_000
    assert spoken(moment(at, "Asia/Dhaka")) == "28 September 2026 at 18:00 (Dhaka time)"
    assert spoken(moment(at, "UTC")) == "28 September 2026 at 12:00 (UTC)"


def test_a_moment_in_a_zone_that_is_none_is_told_all_the_same():
    assert spoken(moment(1_790_596_800_000, "No/Where")) == "28 September 2026 at 12:00 (UTC)"
    assert spoken(moment(1_790_596_800_000, "../etc")) == "28 September 2026 at 12:00 (UTC)"
    assert spoken(moment(10**18, "UTC")).startswith("28 December 9999")


def test_a_sentence_begins_and_ends_as_one():
    assert sentence("it is so") == "It is so."
    assert sentence("is it?") == "Is it?"
    assert sentence("") == ""
