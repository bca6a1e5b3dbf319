"""Segments compile with what has them asked again; a mistake in one is told."""

import pytest

from tests.workspace.journey_material import with_journeys
from tests.workspace.material import compiled, problems_of


def segments(text):
    return compiled(with_journeys(segments=text)).routes.segments


def test_a_segment_holds_when_its_condition_does():
    found = segments("segments: {gold: {when: customer.profile.tier == 'gold', description: The best.}}")["gold"]
    assert found.condition.holds({"customer": {"profile": {"tier": "gold"}}}) is True
    assert (found.segment.name, found.counters) == ("gold", ())


def test_a_segment_knows_the_counters_it_reads():
    texts = {"big": "customer.counters.carts_abandoned > 1", "mild": "customer.counters.gpc > 0 && has(customer.id)"}
    files = with_journeys(
        segments="segments:\n" + "".join(f"  {name}: {{when: '{text}'}}\n" for name, text in texts.items())
    )
    more = b"signals: {gpc.seen: {changes: [{count: {counter: gpc, window: 1d}}]}}"
    found = compiled(files | {"signals/more.yaml": more}).routes.segments
    assert {name: each.counters for name, each in found.items()} == {"big": ("carts_abandoned",), "mild": ("gpc",)}


@pytest.mark.parametrize(
    ("segment", "cause", "remedy"),
    [
        ("{when: customer.counters.carts > 1}", "undefined field 'carts'", "carts_abandoned"),
        ("{when: customer.profile.tier}", "", ""),
        ("{when: \"'big' in customer.segments\"}", "undefined field 'segments'", "profile"),
        ("{when: \"'welcome' in customer.journeys\"}", "undefined field 'journeys'", "profile"),
        ("{when: run.key == ''}", "undeclared reference", "customer, now"),
        ("{when: 'true'}", "reads nothing of the customer", "customer.id != ''"),
        (
            "{when: customer.id != '' && now > timestamp('2030-01-01T00:00:00Z')}",
            "nothing has it asked again",
            "review: 1d",
        ),
        ("{when: customer.id != '', review: daily}", "does not fit", "span of time"),
        ("{}", "has no 'when'", "add `when"),
    ],
)
def test_a_mistake_in_a_segment_is_told(segment, cause, remedy):
    files = with_journeys(segments=f"segments:\n  big: {segment}\n")
    if not cause:
        # What is `dyn` may turn out true or false.
        compiled(files)
        return
    (found,) = problems_of(files)
    assert (found.file, found.line) == ("segments.yaml", 2)
    assert cause in found.cause
    assert remedy in found.remedy


def test_a_segment_that_reads_the_time_says_how_often_to_ask():
    when = "customer.id != '' && now > timestamp('2030-01-01T00:00:00Z')"
    assert segments(f'segments: {{late: {{when: "{when}", review: 1d}}}}')["late"].segment.review == "1d"


def test_a_segment_is_declared_once():
    found = problems_of(
        with_journeys(segments="segments:\n  big: {when: customer.id != ''}\n  big: {when: customer.id != ''}\n")
    )
    assert any("stands here and on line 2" in each.cause for each in found)
