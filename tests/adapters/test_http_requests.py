"""What an HTTP request may be, and what values make of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.requests import SECRETS, rendered
from xop.adapters.http import HttpKind
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal

GET = {"method": "GET", "path": "/customers/{{customer.id}}"}


def opened(**settings):
    connection = Connection("api", "http", {"base_url": "https://api.example.com/v1", **settings})
    return HttpKind().open(connection, SECRETS.get)


def mistakes(**settings):
    return HttpKind().check_connection(Connection("api", "http", {"base_url": "https://api.example.com", **settings}))


def render(request, **customer):
    request_bytes = rendered(opened(), request, **customer)
    assert isinstance(request_bytes, bytes), request_bytes
    return json.loads(request_bytes)


def refusal(request, **customer) -> Refusal:
    answer = rendered(opened(), request, **customer)
    assert isinstance(answer, Refusal), answer
    return answer


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("a/b", "/customers/a%2Fb"),
        ("a?b=c#d", "/customers/a%3Fb%3Dc%23d"),
        ("a%2fb", "/customers/a%252fb"),
        ("%2e%2e", "/customers/%252e%252e"),
        ("é", "/customers/%C3%A9"),
        ("a;b\\c\r\n", "/customers/a%3Bb%5Cc%0D%0A"),
        (7, "/customers/7"),
    ],
)
def test_a_value_stays_within_its_path_segment(value, path):
    assert render(GET, id=value)["path"] == path


@pytest.mark.parametrize("value", ["", ".", "..", "\ud800"])
def test_a_value_that_would_change_the_path_is_refused(value):
    assert refusal(GET, id=value).code == "template"


def test_two_values_cannot_make_a_dot_segment_together():
    assert refusal({"method": "GET", "path": "/a/{{customer.a}}{{customer.b}}/c"}, a=".", b=".").code == "template"


@given(st.text())
def test_no_text_adds_a_segment_query_or_fragment(text):
    answer = rendered(opened_once, GET, id=text)
    if isinstance(answer, bytes):
        path = json.loads(answer)["path"]
        assert path.count("/") == 2
        assert "?" not in path
        assert "#" not in path
        assert path.isascii()


opened_once = opened()


def test_written_parts_of_a_path_keep_their_meaning():
    assert render({"method": "GET", "path": "/a b/c%2Fd/{{customer.id}}:go"}, id=1)["path"] == "/a%20b/c%2Fd/1:go"


def test_query_values_are_encoded_lists_repeat_and_null_is_left_out():
    query = {"q": "{{customer.q}}", "tag": "{{customer.tags}}", "none": "{{customer.none}}", "flag": True}
    request = {"method": "GET", "path": "/", "query": query}
    assert render(request, q="a&b=c", tags=["x", 2], none=None)["query"] == "q=a%26b%3Dc&tag=x&tag=2&flag=true"


def test_a_map_in_a_query_is_refused():
    assert refusal({"method": "GET", "path": "/", "query": {"q": "{{customer.q}}"}}, q={"a": 1}).code == "template"


def test_a_body_keeps_the_types_of_its_values():
    request = {"method": "POST", "path": "/", "body": {"n": "{{customer.n}}", "deep": ["{{customer.s}}"]}}
    answer = render(request, n=3, s='"}')
    assert json.loads(answer["body"]) == {"n": 3, "deep": ['"}']}
    assert answer["headers"] == {"Content-Type": "application/json"}


def test_a_form_is_encoded_as_one():
    answer = render({"method": "POST", "path": "/", "form": {"a": "{{customer.a}}", "b": 2}}, a="x&y=1")
    assert answer["body"] == "a=x%26y%3D1&b=2"
    assert answer["headers"] == {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_text_body_may_name_its_own_type():
    request = {"method": "POST", "path": "/", "text": "<a/>", "headers": {"content-type": "text/xml"}}
    answer = render(request)
    assert (answer["body"], answer["headers"]) == ("<a/>", {"content-type": "text/xml"})


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "a\x00", "é"])
def test_a_header_value_that_is_no_ascii_line_is_refused(value):
    request = {"method": "GET", "path": "/", "headers": {"X-Note": "{{customer.v}}"}}
    assert refusal(request, v=value).code == "template"


@pytest.mark.parametrize("part", [{"text": "{{customer.v}}"}, {"headers": {"X-A": "{{customer.v}}"}}])
@pytest.mark.parametrize("value", [["a"], {"a": 1}, None])
def test_what_has_no_text_is_refused_where_text_is_wanted(part, value):
    assert refusal({"method": "POST", "path": "/", **part}, v=value).code == "template"


@pytest.mark.parametrize("part", [{"text": "\ud800"}, {"body": ["\ud800"]}])
def test_text_that_is_no_unicode_is_refused(part):
    assert refusal({"method": "POST", "path": "/", **part}).code == "template"


def test_a_request_larger_than_a_mebibyte_is_refused():
    request = {"method": "POST", "path": "/", "text": "{{customer.v}}{{customer.v}}"}
    assert refusal(request, v="x" * 600_000).code == "too-large"


@pytest.mark.parametrize(
    ("request_part", "word"),
    [
        ({"method": "BREW"}, "request.method"),
        ({"method": "{{customer.method}}"}, "request.method"),
        ({"path": "customers"}, "request.path"),
        ({"path": "//evil.example.com/x"}, "request.path"),
        ({"path": "https://evil.example.com"}, "request.path"),
        ({"path": "{{customer.path}}"}, "request.path"),
        ({"path": "/a?b=c"}, "query"),
        ({"path": "/a/../b"}, "segment"),
        ({"path": "/a\\b"}, "request.path"),
        ({"path": "/a%zz"}, "request.path"),
        ({"body": {}, "text": "x"}, "body and text"),
        ({"method": "GET", "body": {}}, "no body"),
        ({"headers": {"Host": "evil"}}, "Host"),
        ({"headers": {"X Y": "1"}}, "X Y"),
        ({"headers": {"Authorization": "Bearer abc"}}, "Authorization"),
        ({"headers": {"X-Api-Key": "abc"}}, "X-Api-Key"),
        ({"headers": {"X-Note": "${env:API_TOKEN}"}}, "X-Note"),
        ({"headers": {"X-Note": "a\r\nb"}}, "X-Note"),
        ({"success": [99]}, "request.success[0]"),
        ({"output": "{{customer.x}}"}, "request.output"),
    ],
)
def test_a_request_that_cannot_be_right_is_refused_with_a_remedy(request_part, word):
    refusals = HttpKind().check_request({"method": "POST", "path": "/", **request_part})
    assert len(refusals) == 1
    assert word in refusals[0].cause
    assert refusals[0].remedy


@pytest.mark.parametrize(
    ("settings", "code", "word"),
    [
        ({"base_url": "ftp://example.com"}, "settings", "base_url"),
        ({"base_url": "https://"}, "settings", "base_url"),
        ({"base_url": "https://example.com:99999"}, "settings", "base_url"),
        ({"base_url": "https://{{customer.host}}/"}, "settings", "base_url"),
        ({"base_url": "https://me:pass@example.com"}, "secret", "base_url"),
        ({"base_url": "https://example.com/?a=b"}, "settings", "query"),
        ({"auth": {"scheme": "bearer", "token": "abc"}}, "secret", "settings.auth.token"),
        ({"auth": {"scheme": "basic", "username": "me", "password": "abc"}}, "secret", "settings.auth.password"),
        ({"auth": {"scheme": "magic"}}, "settings", "settings.auth"),
        ({"auth": {"scheme": "header", "name": "a b", "value": "${env:X}"}}, "settings", "a b"),
        ({"headers": {"Authorization": "Bearer abc"}}, "secret", "Authorization"),
        ({"headers": {"X-Api-Key": "abc"}}, "secret", "X-Api-Key"),
        ({"headers": {"X-Tenant": "${ENV:X}"}}, "secret", "X-Tenant"),
        ({"headers": {"X-Tenant": "a\nb"}}, "settings", "X-Tenant"),
        ({"max_response_bytes": 0}, "settings", "max_response_bytes"),
        ({"idempotency_header": "a b"}, "settings", "a b"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_with_a_remedy(settings, code, word):
    refusals = mistakes(**settings)
    assert [refusal.code for refusal in refusals] == [code]
    assert word in refusals[0].cause
    assert refusals[0].remedy
    assert "abc" not in refusals[0].cause + refusals[0].remedy


def test_missing_settings_are_named():
    refusals = HttpKind().check_connection(Connection("api", "http", {"base_ur": "x"}))
    assert [refusal.cause for refusal in refusals] == [
        "`settings.base_ur` is not known here",
        "`settings.base_url` is missing",
    ]
    assert refusals[0].remedy == "write `base_url`"
