"""What is answered without CEL is what CEL answers, to the word, for any data."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xop.kernel.conditions import (
    Environment,
    ListOf,
    MapOf,
    Problem,
    Record,
    compile_condition,
    compile_expression,
)

RECORD = Record(
    {
        "word": "string",
        "count": "int",
        "part": "double",
        "flag": "bool",
        "any": "dyn",
        "list": ListOf("string"),
        "below": Record({"word": "string", "part": "double"}),
    }
)
ENV = Environment(
    {
        "r": RECORD,
        "m": MapOf("dyn"),
        "parts": MapOf("double"),
        "d": "dyn",
        "word": "string",
        "count": "int",
        "part": "double",
        "flag": "bool",
        "items": ListOf("dyn"),
        "now": "timestamp",
    }
)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Whole(int):
    """A whole number that is none of JSON's."""


class Word(str):
    """A text that is none of JSON's."""

    __slots__ = ()


WORDS = ["", "a", "b", "ab", "aba", "é", "eé", "\uffff", "\U0001f600"]
WHOLES = [0, 1, -1, 3, 2**53 + 1, 2**63 - 1, -(2**63)]
PARTS = [0.0, 1.0, -0.5, 3.0, 2.0**53, 1e300]
SCALARS = [*WORDS, *WHOLES, *PARTS, True, False, None]
ODD = [
    *("\0", "a\0", "\ud800", "x" * 600_000, "x" * 1_000_001, Word("a")),
    *(2**63, -(2**63) - 1, Whole(1), float("inf"), float("nan"), -0.0),
    *([], ["a"], {}, {"a": "a"}, {1: 2}, {"b": "\0"}, ("a",), {"a"}, b"a", NOW, 1j),
]

ABSENT = object()

HAVES = ["m.a", "m.b", "m.a.b", "d.a", "d.a.b", "r.any", "r.any.a", "r.below", "r.below.word", "r.word", "r.list"]
OPEN = ["m.a", "m.b", "m.a.b", "d", "d.a", "d.b", "r.any", "r.any.a"]
TYPED = {
    "word": ["word", "r.word", "r.below.word", "m.word", "d.word"],
    "whole": ["count", "r.count", "m.count", "d.count"],
    "part": ["part", "r.part", "r.below.part", "m.part", "parts.a", "parts.b"],
    "flag": ["flag", "r.flag", "m.flag", "d.flag"],
}
QUOTED = {word: "'" + "".join(f"\\U{ord(character):08x}" for character in word) + "'" for word in WORDS}
LITERALS = {
    "word": [*QUOTED.values(), r"'a\u0000'"],
    "whole": list(map(str, WHOLES)),
    "part": list(map(repr, PARTS)),
    "flag": ["true", "false"],
}
OPERATORS = ["==", "!=", "<", "<=", ">", ">="]
TESTS = ["startsWith", "endsWith", "contains"]
OTHER = ["m.a == m.b", "'a' < m.a", "size(m.b) > 1", "m.a == null", "m.a in [1, 'a']", "m['a'] == 'a'", "1 == 1"]
OTHER += ["m.a.matches('a+')", "now > timestamp('2026-01-01T00:00:00Z')", "m.b == 1u", "'a' in items", "m.a + 1 > 2"]


@st.composite
def comparisons(draw) -> str:
    kind = draw(st.sampled_from(list(TYPED)))
    path = draw(st.sampled_from([*OPEN, *TYPED[kind] * 4]))
    literal = draw(st.sampled_from(LITERALS[kind]))
    operator = draw(st.sampled_from([*OPERATORS, *([*TESTS, "in"] if kind == "word" else [])]))
    if operator == "in":
        texts = draw(st.lists(st.sampled_from(LITERALS["word"]), max_size=3))
        return f"{path} in [{', '.join(texts)}]"
    return f"{path}.{operator}({literal})" if operator in TESTS else f"{path} {operator} {literal}"


PATHS = st.sampled_from([*OPEN, *TYPED["flag"] * 6])
ANSWERS = st.one_of(
    comparisons(),
    st.sampled_from(HAVES).map("has({})".format),
    PATHS,
    st.sampled_from([*LITERALS["flag"], *OTHER]),
)
TEXTS = st.recursive(
    ANSWERS,
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)
VALUES = st.one_of(
    PATHS,
    st.sampled_from([*OPEN, *(path for paths in TYPED.values() for path in paths), "r.list", "r.below", "now", "m"]),
    st.sampled_from([*(literal for literals in LITERALS.values() for literal in literals), "null"]),
)
EXPRESSIONS = st.one_of(TEXTS, VALUES, st.builds("({} ? {} : {})".format, TEXTS, VALUES, VALUES))


def one_of(values):
    """Mostly what is asked for, at times any scalar, seldom something odd."""
    return st.sampled_from([*values * (300 // len(values)), *SCALARS, *ODD])


@st.composite
def fields(draw, /, **values):
    """Mostly all of them, at times one less."""
    missing = draw(st.sampled_from([*[""] * 60, *values]))
    return {name: draw(value) for name, value in values.items() if name != missing}


def mostly(usual, other):
    return st.sampled_from([*[usual] * 15, other]).flatmap(lambda strategy: strategy)


ANY = one_of(SCALARS)
KINDS = {
    "word": one_of(WORDS),
    "count": one_of(WHOLES),
    "part": one_of([*PARTS, *WHOLES]),
    "flag": one_of([True, False]),
}
NESTED = ANY | fields(a=ANY, b=ANY)
OBJECTS = mostly(fields(**KINDS, a=NESTED, b=ANY), ANY)
ROOTS = {
    **KINDS,
    "r": fields(**KINDS, any=NESTED, list=st.just(["a"]), below=fields(word=KINDS["word"], part=KINDS["part"])),
    "m": OBJECTS,
    "d": OBJECTS,
    "parts": fields(a=KINDS["part"], b=one_of(PARTS)),
    "items": st.just(["a", 1]),
    "now": st.just(NOW),
}


def assert_same(text, rows):
    """See that a text says of each row of data what CEL says of it."""
    condition, by_cel = (compile_condition(text, ENV, native=native) for native in (True, False))
    expression, value_by_cel = (compile_expression(text, ENV, native=native) for native in (True, False))
    if isinstance(expression, Problem) or isinstance(value_by_cel, Problem):
        assert expression == value_by_cel
        return
    for data in rows:
        # Told apart by their spelling, because Python holds True, 1 and 1.0 to be one.
        assert repr(expression.value(data)) == repr(value_by_cel.value(data)), (text, data)
        if not isinstance(condition, Problem) and not isinstance(by_cel, Problem):
            assert repr(condition.holds(data)) == repr(by_cel.holds(data)), (text, data)


@given(text=EXPRESSIONS, rows=st.lists(fields(**ROOTS), min_size=6, max_size=6))
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_text_has_the_answer_cel_gives(text, rows):
    assert_same(text, rows)


@pytest.mark.parametrize(
    "path", ["m.a", "d", "parts.a", "word", "count", "part", "flag", "r.word", "r.count", "r.part"]
)
def test_every_comparison_with_every_value_has_the_answer_cel_gives(path):
    *above, last = path.split(".")
    rows = [{above[0]: {last: value}} if above else {last: value} for value in [*SCALARS, *ODD]]
    for literals in LITERALS.values():
        for literal in literals:
            for operator in OPERATORS:
                assert_same(f"{path} {operator} {literal}", rows)
    for text in LITERALS["word"]:
        assert_same(f"{path} in ['b', {text}]", rows)
        for test in TESTS:
            assert_same(f"{path}.{test}({text})", rows)


@pytest.mark.parametrize(
    "text",
    [
        *("m.a && m.b", "m.a || m.b", "!m.a", "!(m.a && m.b)", "m.a == 'a' || m.b == 'b'"),
        *("m.a ? m.b : 'a'", "m.b ? 'a' : m.a", "has(m.a) ? m.b : 1", "has(m.a) && m.a == 'a'"),
        *("m.a.a && m.b", "m.b || m.a.a == 'a'", "has(m.a.a) || m.b", "has(m.a) && m.b && m.a.a == 'a'"),
    ],
)
def test_joined_parts_have_the_answer_cel_gives_whatever_each_is(text):
    values = [ABSENT, True, False, None, 0, 1, 1.5, "", "a", *ODD]
    pairs = [{"a": one, "b": other} for one in values for other in values]
    assert_same(text, [{"m": {name: each for name, each in pair.items() if each is not ABSENT}} for pair in pairs])
    assert_same(text, [{}, {"m": None}, {"m": "a"}, {"m": []}])
