"""A picture drawn only as far as it is read says what the whole one says, and drawing changes nothing."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.harbour import HOUR, NOON, release
from xop.kernel.base.values import Known
from xop.kernel.conditions import Environment, Expression, ListOf, MapOf, Record, compile_expression
from xop.kernel.context.customer import Part
from xop.kernel.picture import count, draw, picture, sections_read

WINDOWS = {"calls": HOUR, "visits": 2 * HOUR, "calls.lost": HOUR}
RULES = replace(release(), counters=WINDOWS)
ENV = Environment(
    {
        "customer": Record(
            {
                "id": "string",
                "profile": MapOf("dyn"),
                "counters": MapOf("int"),
                "flags": MapOf("bool"),
                "conversations": ListOf("dyn"),
            }
        )
    }
)
TEXTS = [
    "customer.profile.plan",
    "has(customer.profile.plan) ? customer.profile.plan : 'none'",
    "has(customer.profile.plan.kind) && customer.profile.plan.kind == 1",
    "customer.profile.planet",
    "customer.profile['plan.kind']",
    "customer.profile",
    "size(customer.profile) + customer.counters.calls",
    "customer.counters.calls",
    "customer.counters.visits >= 2 && customer.counters.calls < 2",
    "customer.counters['calls.lost']",
    "customer.counters.unknown",
    "has(customer.counters.unknown)",
    "customer.counters",
    "customer.flags.urgent",
    "customer.id",
    "customer",
    "customer.conversations.map(c, c.id)",
]
FIELDS = st.sampled_from(["plan", "plan.kind", "plan.kind.deep", "planet", "other"])
VALUES = st.integers(0, 2) | st.fixed_dictionaries({"kind": st.integers(0, 2)})
TIMES = st.lists(st.integers(NOON - 3 * HOUR, NOON).map(lambda at: at - at % (HOUR // 4)), max_size=6)
PARTS = st.builds(
    lambda profile, counters: Part(
        "cus_a",
        profile={field: Known(value, NOON, "test") for field, value in profile.items()},
        counters={name: tuple(sorted(times)) for name, times in counters.items()},
    ),
    st.dictionaries(FIELDS, VALUES),
    st.dictionaries(st.sampled_from(list(WINDOWS)), TIMES),
)


def expression(text) -> Expression:
    compiled = compile_expression(text, ENV)
    assert isinstance(compiled, Expression), compiled
    return compiled


EXPRESSIONS = [expression(text) for text in TEXTS]


@given(PARTS)
def test_what_is_read_of_a_picture_is_the_same_without_the_rest(part):
    before = deepcopy(part)
    whole = {"customer": picture(RULES, part, NOON)}
    for each in EXPRESSIONS:
        drawn = picture(RULES, part, NOON, sections_read(each.paths))
        assert each.value({"customer": drawn}) == each.value(whole), each.text
    assert part == before


@given(PARTS, st.permutations(EXPRESSIONS))
def test_a_picture_can_be_drawn_bit_by_bit(part, expressions):
    whole = {"customer": picture(RULES, part, NOON)}
    drawn: dict[str, Any] = {}
    for each in expressions:
        draw(drawn, sections_read(each.paths), RULES, part, NOON)
        assert each.value({"customer": drawn}) == each.value(whole), each.text


@given(PARTS)
def test_what_happened_within_the_window_counts(part):
    for name, window in WINDOWS.items():
        assert count(RULES, part, name, NOON) == sum(NOON - at < window for at in part.counters.get(name, ()))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("customer.profile.plan == 'a'", {"profile": {"plan": "a"}}),
        ("customer.counters.calls == 1", {"counters": {"calls": 0}}),
        ("customer.id", {"id": "cus_a"}),
    ],
)
def test_only_what_is_read_is_drawn(text, drawn):
    part = Part("cus_a", profile={field: Known("a", NOON, "test") for field in ("plan", "planet")})
    assert picture(RULES, part, NOON, sections_read(expression(text).paths)) == drawn
