"""What a population tells is held against its workspace before it lives."""

import pytest

from tests.lab.simulate.village import files
from xop.workspace.populations import CompiledPopulation, read_population

READS = {"signal": "read", "by": "shop", "per_day": 1}
STRICT = b"""
signals:
  paid: {schema: {type: object, properties: {cents: {type: integer}}, required: [cents]}}
"""


def told(**event):
    return read_population(files(signals={"one": event}) | {"signals/paid.yaml": STRICT})


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (
            {**READS, "draws": {"size": {"between": [1, 3]}}, "data": {"n": "{{drawn.length}}"}},
            "undefined field 'length'",
        ),
        ({**READS, "when": "drawn.size > 1"}, "undeclared reference to 'drawn.size'"),
        ({**READS, "signal": "paid", "data": {"cents": "ten"}}, "the data does not fit: cents"),
        ({**READS, "signal": "paid"}, "the data does not fit"),
        ({**READS, "signal": "", "propose": "give_credit", "by": "helper", "data": {"cents": "x"}}, "does not fit"),
    ],
)
def test_a_mistake_in_an_event_is_told(event, cause):
    found = told(**event)
    assert isinstance(found, list)
    assert any(each.file == "population.yaml" and each.line > 1 and cause in each.cause for each in found), found


def test_what_is_drawn_may_be_read_and_what_a_placeholder_gives_is_not_judged_beforehand():
    draws = {"size": {"between": [1, 3]}}
    found = told(
        **{**READS, "signal": "paid", "draws": draws, "data": {"cents": "{{drawn.size}}"}, "when": "drawn.size > 1"}
    )
    assert isinstance(found, CompiledPopulation), found
