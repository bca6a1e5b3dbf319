"""The rates are what their definitions say, and quantiles stay within the width of a bucket."""

import pytest

from xop.kernel.insight.latency import BOUNDS, LABELS, bucket, quantile
from xop.kernel.insight.measures import rates


def test_failure_demand_is_what_returned_and_what_was_chased():
    totals = {
        "demand": {"refund": 10, "plan": 5},
        "returned": {"refund": 3},
        "chases": {"chat": 2},
        "contacts": {"chat": 8, "voice": 2},
        "repeats": {"chat": 4},
        "transfers": {"care": 1},
    }
    found = rates(totals)
    assert found.failure_demand == 5
    assert found.failure_share == pytest.approx(5 / 20)
    assert found.repeat_rate == pytest.approx(0.4)
    assert found.transfer_rate == pytest.approx(0.1)


def test_without_anything_there_are_no_rates():
    found = rates({})
    assert (found.failure_demand, found.failure_share, found.repeat_rate, found.transfer_rate) == (0, None, None, None)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99, 1.0])
def test_a_quantile_is_off_by_no_more_than_its_bucket(share):
    lengths = sorted(0.2 + number * 0.7 for number in range(500))
    counts: dict[str, int] = {}
    for each in lengths:
        label = LABELS[bucket(each)]
        counts[label] = counts.get(label, 0) + 1
    exact = lengths[min(int(share * len(lengths)), len(lengths) - 1)]
    place = bucket(exact)
    found = quantile(counts, share)
    assert found is not None
    assert abs(found - exact) <= BOUNDS[place] - (BOUNDS[place - 1] if place else 0)


def test_what_takes_longer_than_any_bucket_is_in_the_last():
    assert bucket(10**9) == len(BOUNDS) - 1
    assert quantile({LABELS[-1]: 1}, 1.0) == BOUNDS[-1]
    assert quantile({}, 0.5) is None
