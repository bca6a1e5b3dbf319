"""Signing out at the provider too, from here and from there: what it takes to end a session, and that nothing else does."""

import asyncio
import sqlite3
from contextlib import closing
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from tests.faces.console.test_provider import lobby_with, signed_in
from tests.kit.lobby import PUBLIC, lobby_files, open_lobby
from tests.kit.provider import CLIENT, LEAVING, open_provider
from xop.faces.console.sign_in.store import STORE_FILE

OUT, ENDED = "/console/sign-out", "/console/sign-in/oidc/ended"
LEFT = "/console/sign-in/oidc/left"


@pytest.fixture
async def provider():
    async with open_provider() as opened:
        opened.offers_leaving()
        yield opened


@pytest.fixture
async def lobby(tmp_path, provider):
    async with open_lobby(tmp_path, lobby_files(provider.settings(), PUBLIC), PUBLIC) as opened:
        yield opened


async def guest(lobby):
    """Return a browser in which somebody signed in at the provider."""
    browser = lobby.browser()
    await signed_in(browser)
    assert await browser.is_signed_in()
    return browser


async def left(browser) -> httpx.Response:
    """Sign out."""
    return await browser.post(OUT, **await browser.hidden("/console/account", OUT))


def target(answer) -> str:
    """Return where a page goes on to by itself."""
    return answer.headers["refresh"].partition("url=")[2]


async def ended(lobby, token, **more) -> httpx.Response:
    """Send a logout token as the provider does: with no cookie, and from no page."""
    transport = httpx.ASGITransport(lobby.app, client=("203.0.113.5", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        return await client.request(more.pop("method", "POST"), ENDED, data={"logout_token": token}, **more)


async def test_who_signs_out_here_signs_out_there_and_comes_back(lobby, provider):
    browser = await guest(lobby)
    answer = await left(browser)
    assert (answer.status_code, await browser.is_signed_in()) == (200, False)
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    address = target(answer)
    assert f'href="{address}"' in unescape(answer.text)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"{provider.url}/leave?tenant=one&")
    assert (asked["client_id"], asked["post_logout_redirect_uri"]) == (CLIENT, PUBLIC + LEFT)
    async with httpx.AsyncClient(trust_env=False) as client:
        back = (await client.get(address)).headers["location"]
    assert provider.left[0]["id_token_hint"].count(".") == 2
    shown = await browser.client.get(back, headers={"sec-fetch-site": "cross-site"})
    assert (shown.status_code, "You are signed out here, and where you signed in." in shown.text) == (200, True)
    again = await browser.get(back.removeprefix(PUBLIC))
    assert (again.status_code, again.headers["location"]) == (303, "/console/sign-in")


async def test_a_stranger_is_told_nothing_about_signing_out(lobby):
    browser = await guest(lobby)
    await left(browser)
    for query in ("", "?state=", "?state=guessed"):
        told = await browser.get(LEFT + query)
        assert (told.status_code, told.headers["location"]) == (303, "/console/sign-in")


async def test_the_store_alone_does_not_tell_the_id_token(lobby, provider, tmp_path):
    browser = await guest(lobby)
    token = dict(parse_qsl(urlsplit(target(await left(await guest(lobby)))).query))["id_token_hint"]
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("console.db*"))
    assert token.split(".")[0].encode() not in kept
    assert await browser.is_signed_in()


async def test_who_came_by_a_password_signs_out_here_alone(lobby):
    answer = await left(await lobby.guest())
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


@pytest.mark.parametrize("offered", [None, "http://login.example.com/leave", "javascript:alert(1)", 7])
async def test_a_provider_without_a_safe_place_for_it_is_not_gone_to(tmp_path, offered):
    async with open_provider() as provider, lobby_with(tmp_path, provider, "") as lobby:
        provider.metadata["end_session_endpoint"] = offered
        answer = await left(await guest(lobby))
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


async def test_a_workspace_may_leave_the_providers_session_alone(tmp_path, provider):
    async with lobby_with(tmp_path, provider, "sign_out = false\n") as lobby:
        browser = await guest(lobby)
        answer = await left(browser)
        assert (answer.status_code, await browser.is_signed_in()) == (303, False)


async def test_a_very_long_id_token_stays_out_of_the_address(lobby, provider):
    provider.claims["groups"] = ["care"] * 2_000
    asked = dict(parse_qsl(urlsplit(target(await left(await guest(lobby)))).query))
    assert ("id_token_hint" in asked, asked["client_id"]) == (False, CLIENT)


async def test_the_provider_ends_one_session_or_all_of_somebody(lobby, provider):
    provider.claims["sid"] = "s-1"
    first = await guest(lobby)
    provider.claims["sid"] = "s-2"
    second, third = await guest(lobby), await guest(lobby)
    home = await lobby.guest("otto")
    told = await ended(lobby, provider.logout_token(sid="s-1"))
    assert (told.status_code, told.headers["cache-control"]) == (200, "no-store")
    assert [await each.is_signed_in() for each in (first, second, third)] == [False, True, True]
    assert (await ended(lobby, provider.logout_token(sub="somebody-else"))).status_code == 200
    assert (await ended(lobby, provider.logout_token(sub="somebody-else", sid="s-2"))).status_code == 200
    assert [await each.is_signed_in() for each in (second, third)] == [True, True]
    assert (await ended(lobby, provider.logout_token({"typ": "JWT"}, sub="olga", exp=None))).status_code == 200
    assert [await each.is_signed_in() for each in (second, third, home)] == [False, False, True]


async def test_a_logout_token_counts_once_and_for_what_was_before_it(lobby, provider):
    await guest(lobby)
    token = provider.logout_token(sub="olga")
    assert (await ended(lobby, token)).status_code == 200
    browser = await guest(lobby)
    again = await ended(lobby, token)
    assert (again.status_code, "used before" in again.json()["error_description"]) == (400, True)
    assert await browser.is_signed_in()
    lobby.clock.ahead += 200_000
    late = await guest(lobby)
    # One that was on its way for long says nothing about who came since.
    assert (await ended(lobby, provider.logout_token(sub="olga", exp=None))).status_code == 200
    assert [await each.is_signed_in() for each in (browser, late)] == [False, True]


async def test_a_logout_token_that_could_end_nothing_counts_when_it_is_sent_again(lobby, provider):
    browser, token = await guest(lobby), provider.logout_token(sub="olga")
    with closing(sqlite3.connect(lobby.data / STORE_FILE)) as store:
        store.execute("ALTER TABLE sessions RENAME TO away")
        told = await ended(lobby, token)
        store.execute("ALTER TABLE away RENAME TO sessions")
    assert (told.status_code, "send it again" in told.json()["error_description"]) == (503, True)
    assert await browser.is_signed_in()
    assert (await ended(lobby, token)).status_code == 200
    assert not await browser.is_signed_in()


async def test_a_provider_that_answers_badly_is_not_asked_by_whoever_knocks(lobby, provider):
    """Anybody may send tokens that are none."""
    provider.metadata["jwks_uri"] = None
    told = await asyncio.gather(*(ended(lobby, "no token") for _ in range(20)))
    assert {each.status_code for each in told} == {503}
    assert provider.asked == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": None},
        {"iat": None},
        {"iat": 1_000_000_000},
        {"iat": 4_000_000_000},
        {"iat": "now"},
        {"exp": 1_000_000_000},
        {"jti": None},
        {"jti": 7},
        {"events": None},
        {"events": {}},
        {"events": {LEAVING: "yes"}},
        {"events": [LEAVING]},
        {"nonce": "n"},
        {"sub": None},
        {"sub": 7},
        {"sub": "o" * 1_001},
    ],
    ids=str,
)
async def test_a_token_that_is_no_good_logout_token_ends_nothing(lobby, provider, claims):
    browser = await guest(lobby)
    told = await ended(lobby, provider.logout_token(**{"sub": "olga", **claims}))
    assert (told.status_code, told.json()["error"]) == (400, "invalid_request")
    assert told.json()["error_description"]
    assert await browser.is_signed_in()


@pytest.mark.parametrize(
    ("header", "signing"),
    [
        ({}, RSAKey.generate_key(2048, {"kid": "one"})),
        ({"kid": "two"}, None),
        ({"typ": "at+jwt"}, None),
        ({"alg": "HS256"}, OctKey.import_key("what only the console: knows" * 2)),
    ],
    ids=["another-key", "an-unknown-key", "another-kind", "a-secret"],
)
async def test_a_logout_token_that_the_provider_did_not_sign_ends_nothing(lobby, provider, header, signing):
    browser = await guest(lobby)
    provider.signing = signing or provider.key
    assert (await ended(lobby, provider.logout_token(header, sub="olga"))).status_code == 400
    assert await browser.is_signed_in()


async def test_only_a_form_with_a_token_is_taken(lobby, provider):
    assert (await ended(lobby, "")).status_code == 400
    assert (await ended(lobby, "x" * 70_000)).status_code == 413
    assert (
        await ended(lobby, provider.logout_token(sub="olga"), headers={"content-type": "text/plain"})
    ).status_code == 415
    told = await ended(lobby, "", method="GET")
    assert (told.status_code, told.headers["allow"]) == (405, "POST")


async def test_where_nobody_signs_in_at_a_provider_nothing_is_taken(tmp_path, provider):
    async with open_lobby(tmp_path, lobby_files("", PUBLIC), PUBLIC) as lobby:
        assert (await ended(lobby, provider.logout_token(sub="olga"))).status_code == 404
