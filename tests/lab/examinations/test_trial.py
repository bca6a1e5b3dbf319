"""Trials: a small population lives under a workspace, and whoever has none is told what lacks."""

import pytest

from tests.kit.crossings import texts
from xop.lab.examinations.trial import MOST_CUSTOMERS, Unfit, tried

POPULATION = """
customers: 100000
days: 3
start: "2026-01-05"
identifiers: {email: "customer.{{customer.number}}@harbour.test"}
personas: {browser: {share: 1}}
signals: {comes: {signal: page.viewed, by: web, on_day: 1, at: "09:00", share: 0.5, data: {path: /ferry}}}
"""


def files(population: str) -> dict[str, bytes]:
    return {path: text.encode() for path, text in {**texts(), "population.yaml": population}.items() if text}


def test_who_came_to_a_journey_is_counted_in_a_population_that_is_small_enough():
    heard: list[tuple[int, int]] = []
    found = tried(files(POPULATION), lambda done, of: heard.append((done, of)))
    assert (found["customers"], found["days"]) == (MOST_CUSTOMERS, 3)
    crossing = next(each for each in found["journeys"] if each["journey"] == "crossing")
    assert 0 < crossing["entered"] < MOST_CUSTOMERS
    assert crossing["steps"]["landing"] == crossing["entered"]
    assert heard[-1] == (72, 72)


def test_whoever_has_no_population_is_told_what_lacks():
    with pytest.raises(Unfit) as raised:
        tried(files(""), lambda _done, _of: None)
    assert [each.cause for each in raised.value.problems] == ["the workspace has no population.yaml"]
