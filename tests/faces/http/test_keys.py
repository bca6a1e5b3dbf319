"""Who may ask what."""

import base64
import re

import pytest

from tests.faces.http.bakery import KEYS, problem
from xop.faces.http.routes import OPERATIONS
from xop.kernel.base.principal import DEFAULT_SCOPES, PrincipalKind
from xop.kernel.halts.model import PLATFORM

OPEN = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/openapi.json"),
    ("GET", "/v1/consents/receipt-schema"),
    ("OPTIONS", "/v1/signals"),
}
SIGN_IN = {
    ("GET", "/.well-known/authzen-configuration"),
    ("GET", "/.well-known/oauth-protected-resource"),
    ("GET", "/.well-known/oauth-protected-resource/{face}"),
}
"""Open too, but nothing stands there unless the workspace says so."""
LINKS = {
    ("GET", "/v1/approvals/{invocation}/page"),
    ("POST", "/v1/approvals/{invocation}/page"),
    ("GET", "/v1/handovers/{handover}/packet"),
    ("GET", "/v1/preferences/{customer}/page"),
    ("POST", "/v1/preferences/{customer}/page"),
    ("GET", "/v1/unsubscriptions/{customer}/page"),
    ("POST", "/v1/unsubscriptions/{customer}/page"),
}
"""Open to whoever has a link's token."""
CLOSED = [each for each in OPERATIONS if (each.method, each.path) not in OPEN | SIGN_IN | LINKS]
KINDS: dict[str, PrincipalKind] = {"till": "source", "helper": "agent", "olga": "operator", "mill": "partner"}


def path(operation) -> str:
    return re.sub(r"\{\w+\}", "x", operation.path)


def name(operation) -> str:
    return f"{operation.method} {operation.path}"


def test_nothing_else_is_open():
    assert {(each.method, each.path) for each in OPERATIONS if each.open} == OPEN | SIGN_IN | LINKS


@pytest.mark.parametrize(("method", "place"), sorted(OPEN))
async def test_an_open_path_needs_no_key(bakery, method, place):
    response = await bakery.ask(method, place, None)
    assert response.status_code == 200


async def test_without_a_key_nothing_is_told(bakery):
    for operation in CLOSED:
        response = await bakery.ask(operation.method, path(operation), None)
        problem(response, 401, "key-missing")
        assert "Bearer" in response.headers["www-authenticate"]


async def test_a_key_without_the_scope_is_refused_and_the_scope_named(bakery):
    for operation in [each for each in CLOSED if each.scope]:
        refused = problem(await bakery.ask(operation.method, path(operation), "nina"), 403, "scope-missing")
        assert repr(operation.scope) in refused["detail"]
        assert "agents.yaml" in refused["remedy"]


@pytest.mark.parametrize("who", KINDS)
async def test_each_kind_of_principal_may_ask_what_its_kind_needs(bakery, who):
    for operation in CLOSED:
        if operation.scope is None or operation.method == "GET":
            continue
        response = await bakery.ask(operation.method, path(operation), who, content=b"?")
        assert (response.status_code == 403) == (operation.scope not in DEFAULT_SCOPES[KINDS[who]]), name(operation)


async def test_own_scopes_take_the_place_of_those_of_the_kind(bakery):
    problem(await bakery.get("/v1/decisions", "paul"), 403, "scope-missing")
    assert (await bakery.get("/v1/releases", "paul")).status_code == 200


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "key-missing"),
        ("Bearer", "key-missing"),
        ("Bearer ", "key-missing"),
        ("Digest abc", "key-missing"),
        ("Basic !!!", "key-missing"),
        ("Basic " + base64.b64encode(b":key-of-olga").decode(), "key-missing"),
        ("Bearer wrong", "key-unknown"),
        ("Bearer key-of-olga ", "key-unknown"),
        ("Bearer ${env:OLGA_KEY}", "key-unknown"),
        ("Basic " + base64.b64encode(b"wrong:").decode(), "key-unknown"),
        ("Bearer " + "x" * 5000, "key-unknown"),
    ],
)
async def test_a_key_that_is_no_key_is_refused(bakery, header, code):
    if code == "key-unknown" and header.endswith(" "):
        header = header.strip() + "!"
    problem(await bakery.ask("GET", "/v1/releases", None, headers={"authorization": header}), 401, code)


async def test_a_write_key_is_the_user_name_of_basic(bakery):
    header = "basic " + base64.b64encode(f"{KEYS['olga']}:ignored".encode()).decode()
    response = await bakery.ask("GET", "/v1/releases", None, headers={"authorization": header})
    assert response.status_code == 200


async def test_two_principals_with_one_key_are_both_kept_out(bakery):
    problem(await bakery.get("/v1/releases", "twin_one"), 401, "key-unknown")


async def test_keys_follow_the_release_that_rules(bakery):
    files = await bakery.platform.runtime.releases.files(bakery.platform.engine.release.digest)
    agents = files["agents.yaml"].decode().replace("  other_till: {", "  second_till: {")
    agents = agents.replace('nina: {key: "${env:NINA_KEY}", scopes: []}', 'nina: {key: "${env:NINA_KEY}"}')
    problem(await bakery.get("/v1/decisions", "nina"), 403, "scope-missing")
    await bakery.platform.publish({**files, "agents.yaml": agents.encode()}, "test")
    assert (await bakery.get("/v1/decisions", "nina")).status_code == 200
    response = await bakery.event(who="other_till", subject="email:ann@example.org")
    assert response.status_code == 200
    facts = (await bakery.get("/v1/facts")).json()["facts"]
    assert {fact["actor"] for fact in facts if fact["origin"] != PLATFORM} == {"source:second_till"}
