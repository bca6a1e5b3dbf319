"""Whatever the files hold, there is an answer: a release or problems, never an exception, and in bounded time."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workspace.material import problems_of, with_text
from xop.assembly import KINDS
from xop.kernel.release import Release
from xop.workspace import Problem, compile_workspace, starter_files

PATHS = [*sorted(path for path in starter_files() if not path.endswith(".md")), "facts.yaml", "signals/more.yaml"]

COUNTED = "signals:\n  a:\n    changes:\n    - {count: {counter: x, window: 1d}, when: '"

TOKENS = st.sampled_from(
    [
        *(
            b"{",
            b"}",
            b"[",
            b"]",
            b": ",
            b"- ",
            b"\n",
            b"\n  ",
            b"\n    ",
            b"\t",
            b'"',
            b"'",
            b"#",
            b"|\n",
            b"&a ",
            b"*a",
        ),
        *(
            b"!!str ",
            b"<<: ",
            b"? ",
            b"---\n",
            b"%YAML 1.1\n",
            b"null",
            b"true",
            b"no",
            b"1e999",
            b"-0",
            b"\x00",
            b"\xff",
        ),
        *(b"\xef\xbb\xbf", b"{{", b"}}", b"{{signal.data", b"${env:X}", b"name", b"kind", b"purposes", b"channels"),
        *(b"schema", b"properties", b"pattern", b"(a+)+$", b"$ref", b"#", b"changes", b"when", b"set", b"signals"),
        *(b"permit(principal, action, resource)", b"when {", b"};", b'@id("a.b")', b"@message", b"context.", b"\\"),
    ]
)


def answer(files: dict[str, bytes]) -> Release | list[Problem]:
    found = compile_workspace(files, KINDS)
    assert isinstance(found, Release) or (found and all(each.cause and each.remedy for each in found))
    return found


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=200) | st.lists(TOKENS, max_size=60).map(b"".join))
def test_any_bytes_in_any_file_get_an_answer(path, junk):
    answer(starter_files() | {path: junk})


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_a_good_file_gets_an_answer(path, data):
    text = starter_files().get(path, b"facts: {}\n")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    junk = data.draw(st.binary(max_size=10) | TOKENS)
    answer(starter_files() | {path: text[:start] + junk + text[end:]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=25, deadline=None)
@given(
    section=st.sampled_from(["channels", "purposes", "namespaces", "signals", "facts", "agents", "connections"]),
    name=st.text(max_size=12),
    value=JSON,
)
def test_any_value_under_any_name_gets_an_answer(section, name, value):
    import yaml  # noqa: PLC0415 - only this test writes YAML

    file = {"channels": "purposes", "namespaces": "identity"}.get(section, section)
    text = yaml.safe_dump({section: {name: value}}, allow_unicode=True)
    answer(starter_files() | {f"{file}.yaml": text.encode()})


def laughs() -> str:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9)]
    return "l0: &l0 [ha]\n" + "\n".join(levels)


HOSTILE = {
    "a bomb of aliases": ("purposes_yaml", laughs(), "anchor or alias"),
    "deep lists": ("purposes_yaml", "purposes: " + "[" * 100_000, "nested deeper than 40"),
    "deep maps": ("purposes_yaml", "purposes: " + "{a: " * 100_000, "nested deeper than 40"),
    "deep blocks": ("purposes_yaml", "- " * 50_000, "nested deeper than 40"),
    "many values": ("purposes_yaml", "purposes: [" + "1," * 100_000 + "]", "more than 25000 values"),
    "a huge file": ("purposes_yaml", "#" * 1_100_000, "longer than 1048576 bytes"),
    "two documents": ("purposes_yaml", "purposes: {}\n---\npurposes: {}\n", "more than one document"),
    "a control character": ("purposes_yaml", "purposes: {a: \x07}", "YAML does not allow"),
    "an infinite number": ("purposes_yaml", "caps: [{most: 1e999, window: 1d}]", "more than 64 bits"),
    "deep TOML": ("workspace_toml", "name = " + "[" * 50_000, ""),
    "a huge TOML number": ("workspace_toml", "name = " + "9" * 10_000, ""),
    "deep CEL": ("signals_yaml", "signals: {a: {changes: [{when: '" + "(" * 1_900 + "}]}}", ""),
    "deep CEL, closed": (
        "signals_yaml",
        COUNTED + "(" * 1_500 + "true" + ")" * 1_500 + "'}",
        "recursion limit",
    ),
    "long CEL": (
        "signals_yaml",
        COUNTED + "true || " * 1_000 + "true'}",
        "more than 4000",
    ),
    "many placeholders": ("signals_yaml", "signals: {a: {conversation: '" + "{{signal.type}}" * 101 + "'}}", "more than 100"),
    "deep Cedar": (
        "policies__a_cedar",
        "forbid(principal, action, resource) when { " + "(" * 5_000 + "true" + ")" * 5_000 + " };",
        "nested deeper",
    ),
    "a bidirectional override": ("policies__a_cedar", "// \u202e\nforbid(principal, action, resource);", "invisible"),
    "a slow pattern": ("signals_yaml", r"signals: {a: {schema: {pattern: '(\w{100}){1000}'}}}", "no JSON Schema"),
    "a schema from elsewhere": ("signals_yaml", "signals: {a: {schema: {$ref: 'file:///etc/hostname'}}}", "no JSON Schema"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "cause"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_gives_a_problem(name, text, cause):
    assert any(cause in each.cause for each in problems_of(with_text(**{name: text})))


def test_a_schema_with_very_many_fields_compiles():
    fields = ", ".join(f"f{number}: {{type: string}}" for number in range(8_000))
    answer(with_text(signals_yaml=f"signals: {{a: {{schema: {{type: object, properties: {{{fields}}}}}}}}}"))


def test_a_workspace_of_too_many_files_or_bytes_is_refused():
    many = {f"actions/a{number}.yaml": b"" for number in range(2_001)}
    assert "more than 2000 files" in problems_of(many)[0].cause
    large = {f"actions/a{number}.yaml": b"#" * 1_000_000 for number in range(17)}
    assert "more than 16777216 bytes" in problems_of(large)[0].cause


def test_words_that_old_yaml_takes_for_something_else_stay_text():
    files = with_text(
        purposes_yaml="channels: {no: {}, on: {}}\npurposes: {yes: {basis: contract, channels: [no, on], "
        "description: 12:30}, y: {basis: contract, description: 2026-11-20}}\n"
    )
    release = answer(files)
    assert isinstance(release, Release), release
    assert list(release.channels) == ["no", "on"]
    assert release.purposes["yes"].channels == ("no", "on")
    assert release.purposes["yes"].description == "12:30"
    assert release.purposes["y"].description == "2026-11-20"
