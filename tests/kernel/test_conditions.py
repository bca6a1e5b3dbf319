"""Conditions are checked before use, read only what they name, and answer true, false or a fault."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xop.kernel.conditions import (
    Condition,
    Environment,
    Expression,
    Fault,
    ListOf,
    MapOf,
    Problem,
    Record,
    compile_condition,
    compile_expression,
    shape_of,
)

SCHEMA = {
    "type": "object",
    "properties": {
        "plan": {"type": "string"},
        "gigabytes": {"type": "number"},
        "months": {"type": "integer"},
        "active": {"type": "boolean"},
        "since": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"price": {"type": "number"}, "labels": {"type": "object"}}},
        },
        "open": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True},
        "any": {},
    },
}
ENV = Environment(
    {
        "signal": Record({"type": "string", "data": shape_of(SCHEMA)}),
        "now": "timestamp",
        "wait": "duration",
        "facts": MapOf("dyn"),
        "d": "dyn",
    }
)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATA = {
    "signal": {
        "type": "usage",
        "data": {
            "plan": "gold",
            "gigabytes": 12,
            "months": 30,
            "active": True,
            "tags": ["a", "b"],
            "lines": [{"price": 3, "labels": {"x": 1}}, {"price": 4.5}],
            "open": {"z": 1},
            "any": None,
        },
    },
    "now": NOW,
    "wait": timedelta(minutes=90),
    "facts": {"credit": 7},
    "d": {"yes": True, "number": 1, "list": [1, 2], "map": {"b": 1, "a": 2}},
}

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NAMES = st.sampled_from(["signal", "data", "plan", "gigabytes", "lines", "price", "tags", "yes", "d"]) | st.text(
    max_size=4
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5))
NOT_JSON = st.sampled_from([b"x", (1,), {1}, {1: 2}, object(), NOW, datetime(2026, 1, 1), timedelta(1), 1j])  # noqa: DTZ001 # a time without offset is one of the traps
TEXTS = (
    "signal.data.plan == 'gold' && signal.data.gigabytes > 10.0 && signal.data.months >= 24 && 'b' in signal.data.tags",
    "signal.data.lines.exists(l, l.price * 2.0 > 6.0)",
    "has(signal.data.open.z) || size(d) > 2",
    "now - duration('1h') > timestamp(signal.data.since)",
    "signal.data.lines.filter(l, l.price > 1.0).map(l, l.labels)",
    "d",
    "d.yes",
    "signal",
    "now",
    "facts.credit + 1",
    "d.list.map(x, {'q': x, 'p': [x, d]})",
)


def condition(text, env=ENV) -> Condition:
    compiled = compile_condition(text, env)
    assert isinstance(compiled, Condition), compiled
    return compiled


def expression(text, env=ENV) -> Expression:
    compiled = compile_expression(text, env)
    assert isinstance(compiled, Expression), compiled
    return compiled


def is_json(value) -> bool:
    if isinstance(value, list):
        return all(map(is_json, value))
    if isinstance(value, dict):
        return all(isinstance(name, str) and is_json(item) for name, item in value.items())
    return value is None or type(value) in (bool, int, float, str)


@given(
    text=st.sampled_from(TEXTS),
    data=st.fixed_dictionaries({}, optional=dict.fromkeys(ENV.roots, JSON | NOT_JSON))
    | st.fixed_dictionaries({"signal": st.fixed_dictionaries({"data": JSON}), "d": JSON}),
)
@settings(max_examples=300, deadline=None)
def test_no_data_makes_a_text_raise(text, data):
    value = expression(text).value(data)
    assert isinstance(value, Fault) or is_json(value)
    compiled = compile_condition(text, ENV)
    if isinstance(compiled, Condition):
        assert isinstance(compiled.holds(data), bool | Fault)


@given(JSON)
@settings(deadline=None)
def test_a_plain_path_gives_what_cel_gives(value):
    data = {"d": {"a": value}, "facts": {"a": value}}
    for root in ("d", "facts", "d.a", "facts.a", "d.a.plan"):
        looked_up, evaluated = expression(root).value(data), expression(f"[{root}][0]").value(data)
        assert isinstance(looked_up, Fault) == isinstance(evaluated, Fault)
        if not isinstance(looked_up, Fault):
            assert looked_up == evaluated


@given(st.text(max_size=30) | st.text("d.a[]()'&|!? 1", max_size=20))
@settings(deadline=None)
def test_no_text_makes_compiling_raise(text):
    assert isinstance(compile_condition(text, ENV), Condition | Problem)


@pytest.mark.parametrize(
    ("text", "cause", "remedy"),
    [
        ("signal.data.paln == 'gold'", "paln", "plan"),
        ("signal.data.lines.exists(l, l.prise > 1.0)", "prise", "price"),
        ("sygnal.data.plan == 'gold'", "sygnal", "signal"),
        ("signal.data.plan > 3", "overload", "quote text"),
        ("signal.data.gigabytes > 10", "overload", "3.0"),
        ("signal.data.since > now", "overload", "one type"),
        ("signal.data.months", "bool", "compare"),
        ("signal.data.plan ==", "line 1, column 20", "syntax"),
        ("", "empty", "write"),
        ("d.yes" + " " * 4000, "4000", "split"),
        ("(d.yes ? d.list : d.map).all(x, true)", "list", "field of the data"),
        ("{'b': 1, 'a': 2}.exists(k, k == 'a')", "list", "field of the data"),
        ("google.protobuf.Struct{} == d", "message", "object"),
        ("[[d].map(s, s+s+s+s)].map(s, s+s+s+s).size() > 0", "more than 8", "fewer"),
    ],
)
def test_a_faulty_text_is_a_problem_that_says_what_to_write_instead(text, cause, remedy):
    problem = compile_condition(text, ENV)
    assert isinstance(problem, Problem)
    assert cause in problem.cause
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXTS[0], True),
        (TEXTS[1], True),
        ("signal.data.plan == 'silver'", False),
        ("signal.data.active", True),
        ("d.yes", True),
        ("has(signal.data.since)", False),
        ("signal.data.any == null", True),
        ("signal.data.open.z == 1", True),
        ("now > timestamp('2026-01-01T00:00:00Z') && wait > duration('1h')", True),
        ("now.getHours('Europe/Berlin') == 13", True),
        ("d.nowhere == 1 || d.yes", True),
    ],
)
def test_a_condition_holds_or_not(text, expected):
    assert condition(text).holds(DATA) is expected


@pytest.mark.parametrize("text", ["dyn(null)", "{'a': null}", "[null, signal.data.any]"])
def test_a_null_can_be_answered_any_number_of_times(text):
    asked = expression(text)
    asked.value(DATA)
    before = sys.getrefcount(None)
    for _ in range(100):
        asked.value(DATA)
    # A library that hands `None` out without counting it has Python end, sooner or later.
    assert abs(sys.getrefcount(None) - before) < 50


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("d.nowhere", "d.nowhere"),
        ("d.nowhere == 1", "nowhere"),
        ("d.number", "int"),
        ("d.nowhere.deeper == 1", "nowhere"),
        ("d.list", "list"),
        ("signal.data.any", "null"),
        ("d.number > 'a'", "overload"),
        ("d.map.exists(k, k == 'a')", "order"),
        ("timestamp(signal.data.plan) > now", ""),
    ],
)
def test_what_is_neither_true_nor_false_is_a_fault(text, cause):
    fault = condition(text).holds(DATA)
    assert isinstance(fault, Fault)
    assert cause in fault.cause
    assert not fault


@pytest.mark.parametrize(
    "value", ["admin\0x", "\ud800", 2**63, float("nan"), float("inf"), b"admin", ("admin",), {1: 2}, ["\0"], {"\0": 1}]
)
def test_values_that_cel_would_misread_are_faults(value):
    assert isinstance(condition("d.a == 'admin'").holds({"d": {"a": value}}), Fault)


def test_what_is_not_read_may_be_anything():
    assert condition("d.a == 1").holds({"d": {"a": 1, "b": object(), "c": "\0"}, "now": "never"}) is True


def test_endless_and_bottomless_data_are_faults():
    endless: list = []
    endless.append(endless)
    bottomless: dict = {}
    for _ in range(100_000):
        bottomless = {"a": bottomless}
    assert isinstance(condition("d == 1").holds({"d": endless}), Fault)
    assert isinstance(expression("[d]").value({"d": bottomless}), Fault)
    assert condition("d.a.a.b == 1 || true").holds({"d": bottomless}) is True
    while bottomless:
        bottomless = bottomless["a"]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("d.all(a, d.all(b, d.all(c, true)))", list(range(1900))),
        ("d.map(a, d.map(b, b))", list(range(1900))),
        ("d.map(a, d)", list(range(400))),
        ("d.size() > 0", list(range(20_000))),
        ("d.size() > 0", "x" * 1_100_000),
        ("d.map(a, a + a + a + a)", ["x" * 8_001]),
        ("[1, 2, 3, 4, 5].map(a, [1, 2, 3, 4, 5].map(b, [1, 2, 3, 4, 5].map(c, d + d)))", "x" * 7_000),
    ],
)
def test_a_text_that_asks_for_too_much_is_a_fault(text, data):
    assert isinstance(expression(text).value({"d": data}), Fault)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("now", "2026-03-01T12:00:00Z"),
        ("[now + duration('1500ms')]", ["2026-03-01T12:00:01.500000Z"]),
        ("wait", 5400.0),
        ("7u", 7),
        ("signal.data.gigabytes", 12.0),
        ("signal.data.gigabytes * 2.0", 24.0),
        ("signal.data.lines.filter(l, l.price > 3.5)", [{"price": 4.5}]),
        ("signal.data.lines.map(l, l.price)", [3.0, 4.5]),
        ("{'plan': signal.data.plan, 'n': null}", {"plan": "gold", "n": None}),
        ("d.map", {"a": 2, "b": 1}),
    ],
)
def test_an_expression_gives_json(text, value):
    assert expression(text).value(DATA) == value


@pytest.mark.parametrize("text", ["b'x'", "int", "{1: 2}", "1.0 / 0.0", "0.0 / 0.0", "9223372036854775807 + d.number"])
def test_what_json_has_no_place_for_is_a_fault(text):
    assert isinstance(expression(text).value(DATA), Fault)


def test_times_are_written_in_utc_and_need_their_offset():
    east = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    assert (
        expression("now").value({"now": east}) == expression("[now][0]").value({"now": east}) == "2026-03-01T12:00:00Z"
    )
    assert isinstance(expression("now").value({"now": NOW.replace(tzinfo=None)}), Fault)


@pytest.mark.parametrize("text", ["d.map", "{'p': d.map, 'c': 1, 'b': 2, 'a': 3}"])
def test_objects_are_sorted_by_name(text):
    def names(value):
        return [(name, names(item)) for name, item in value.items()] if isinstance(value, dict) else value

    value = expression(text).value(DATA)
    assert names(value) == sorted(names(value))


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("signal.data.plan == 'gold' && now > timestamp('2026-01-01T00:00:00Z')", ("now", "signal.data.plan")),
        ("signal.data.lines.exists(l, l.price > 1.0)", ("signal.data.lines.*.price",)),
        ("signal.data.tags.exists(d, d == 'a')", ("signal.data.tags.*",)),
        ("has(d.a.b) && d['c'].e == 1 && d.list[0] == 1", ("d.a.b", "d.c.e", "d.list")),
        ("d.list.map(x, x.y).exists(z, z.w == 1)", ("d.list.*.y", "d.list.*.y.w")),
        ("1 == 1", ()),
        ("type(d) == map", ("d",)),
    ],
)
def test_a_text_tells_which_paths_it_reads(text, paths):
    compiled = condition(text)
    assert compiled.paths == paths
    assert compiled.roots == {path.partition(".")[0] for path in paths}


@given(data=st.fixed_dictionaries({"d": JSON, "signal": st.fixed_dictionaries({"data": JSON})}))
@settings(deadline=None)
def test_only_the_named_roots_matter(data):
    for text in TEXTS:
        compiled = expression(text)
        needed = {name: value for name, value in data.items() if name in compiled.roots}
        assert repr(compiled.value(needed)) == repr(compiled.value(data))


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        ({}, "dyn"),
        ({"type": "string", "format": "date-time"}, "string"),
        ({"type": ["string", "null"]}, "dyn"),
        ({"$ref": "#/x"}, "dyn"),
        ({"type": "array"}, ListOf("dyn")),
        ({"type": "array", "items": {"type": "number"}}, ListOf("double")),
        ({"type": "object"}, MapOf("dyn")),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, MapOf("int")),
        ({"properties": {"a": {"type": "boolean"}}}, Record({"a": "bool"})),
        ({"properties": {"a": {}}, "additionalProperties": True}, MapOf("dyn")),
        ({"properties": {"a": {}}, "additionalProperties": False}, Record({"a": "dyn"})),
    ],
)
def test_a_schema_describes_a_shape(schema, shape):
    assert shape_of(schema) == shape


def test_fields_of_any_name_can_be_read():
    env = Environment({"r": shape_of({"properties": {"first-name": {"type": "string"}, "class": {}}})})
    assert condition("r['first-name'] == 'Ann'", env).holds({"r": {"first-name": "Ann"}}) is True
    twins = Environment({"r": shape_of({"properties": {"aB": {"type": "string"}, "a_b": {"type": "integer"}}})})
    assert condition("r.aB == 'x' && r.a_b == 1", twins).holds({"r": {"aB": "x", "a_b": 1}}) is True


@pytest.mark.parametrize("roots", [{"in": "dyn"}, {"a-b": "dyn"}, {"a": Record({"t": "timestamp"})}])
def test_roots_that_cannot_work_are_refused(roots):
    with pytest.raises(ValueError, match="root"):
        Environment(roots)


@pytest.mark.parametrize("other", ["string", Record({"a": "string"}), MapOf("int"), ListOf("int")])
def test_the_same_text_is_judged_anew_where_its_roots_have_other_shapes(other):
    roots = Record({"a": "int"})
    assert condition("r.a > 0", Environment({"r": roots})).holds({"r": {"a": 1}}) is True
    assert isinstance(compile_condition("r.a > 0", Environment({"r": other})), Problem) is (other != MapOf("int"))
    assert isinstance(compile_condition("r.a > 0", Environment({"r": roots})), Condition)
    assert Environment({"r": roots}) == Environment({"r": roots}) != Environment({"r": other})


def test_the_library_says_nothing_on_the_error_stream():
    environment = "Environment({'r': Record({'fooBar': 'string', 'foo_bar': 'string'})})"
    code = f"from xop.kernel.conditions import *; assert compile_expression('r.fooBar', {environment}).roots"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr == ""
