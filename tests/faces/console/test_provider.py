"""People of an organisation sign in at its OpenID provider; only what it says about this very attempt counts."""

from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from tests.kit.lobby import PUBLIC, lobby_files, open_lobby
from tests.kit.provider import CLIENT, SECRET, open_provider

BEGIN, RETURN = "/console/sign-in/oidc", "/console/sign-in/oidc/return"
HOUR = 3_600_000


@pytest.fixture
async def provider():
    async with open_provider() as opened:
        yield opened


@pytest.fixture
async def lobby(tmp_path, provider):
    async with open_lobby(tmp_path, lobby_files(provider.settings(), PUBLIC), PUBLIC) as opened:
        yield opened


@asynccontextmanager
async def lobby_with(tmp_path, provider, more, head=""):
    files = lobby_files(head + provider.settings(more), PUBLIC)
    async with open_lobby(tmp_path, files, PUBLIC) as opened:
        yield opened


async def at_provider(browser, then="/console/account") -> str:
    """Go to the provider, and return where it sends the browser back to."""
    begun = await browser.get(f"{BEGIN}?then={then}")
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(begun.headers["location"])
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix(PUBLIC)


async def signed_in(browser, then="/console/account") -> httpx.Response:
    return await browser.client.get(await at_provider(browser, then), headers={"sec-fetch-site": "cross-site"})


def refused(answer, words, status=401):
    assert (answer.status_code, answer.headers.get("location")) == (status, None)
    assert words in answer.text
    assert "__Host-xop_session" not in str(answer.headers.get_list("set-cookie"))


async def test_somebody_comes_back_signed_in_to_the_page_they_wanted(lobby, provider):
    browser = lobby.browser()
    answer = await signed_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account")
    assert await browser.is_signed_in()
    assert provider.redeemed == 1
    cookies = answer.headers.get_list("set-cookie")
    assert any(each.startswith("__Host-xop_oidc=;") and "Max-Age=0" in each for each in cookies)


async def test_the_way_there_shows_nothing_that_would_redeem_a_code(lobby):
    begun = await lobby.browser().get(BEGIN)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    assert asked["redirect_uri"] == PUBLIC + RETURN
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", CLIENT)
    cookie = begun.headers["set-cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert cookie.startswith("__Host-xop_oidc=")
    secret = cookie.partition("=")[2].partition(".")[0]
    assert secret not in begun.headers["location"]
    assert len({asked["state"], asked["nonce"], asked["code_challenge"], secret}) == 4


async def test_nobody_is_signed_in_by_the_answer_to_somebody_elses_attempt(lobby):
    attacker, victim = lobby.browser(), lobby.browser()
    planted = await at_provider(attacker)
    refused(await victim.get(planted), "no attempt of this browser")
    await victim.get(BEGIN)
    refused(await victim.get(planted), "no attempt of this browser")


async def test_an_answer_counts_once(lobby):
    browser = lobby.browser()
    back = await at_provider(browser)
    kept = browser.client.cookies["__Host-xop_oidc"]
    assert (await browser.get(back)).status_code == 303
    again = lobby.browser(cookie=f"__Host-xop_oidc={kept}")
    refused(await again.get(back), "too old, or for used")


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nonce": "another"}, "another attempt"),
        ({"nonce": None}, "another attempt"),
        ({"aud": "another-client"}, "another client"),
        ({"aud": [CLIENT, "another-client"]}, "another client"),
        ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "another client"),
        ({"azp": "another-client"}, "another client"),
        ({"aud": None}, "another client"),
        ({"iss": "https://login.evil.test"}, "not valid now"),
        ({"iss": None}, "not valid now"),
        ({"exp": 1_000_000_000}, "has expired"),
        ({"exp": None}, "not valid now"),
        ({"exp": "tomorrow"}, "not valid now"),
        ({"iat": 4_000_000_000, "exp": 4_000_000_300}, "not valid now"),
        ({"nbf": 4_000_000_000}, "not valid now"),
        ({"sub": None}, "not valid now"),
        ({"sub": "nobody"}, "No operator belongs"),
        ({"sub": "helper_bot"}, "No operator belongs"),
        ({"sub": 7}, ""),
    ],
)
async def test_a_token_that_says_something_else_lets_nobody_in(lobby, provider, claims, words):
    provider.claims = {"sub": "olga", **claims}
    refused(await signed_in(lobby.browser()), words)


async def test_a_token_for_this_client_among_others_is_taken(lobby, provider):
    provider.claims = {"sub": "olga", "aud": [CLIENT, "another-client"], "azp": CLIENT}
    assert (await signed_in(lobby.browser())).status_code == 303


@pytest.mark.parametrize(
    ("header", "signing", "words"),
    [
        ({"alg": "none"}, None, "not signed as it must be"),
        ({"alg": "HS256"}, "shared", "not signed as it must be"),
        ({"alg": "RS384"}, None, "not signed as it must be"),
        ({}, "stranger", "signature"),
        ({"kid": "two"}, None, "signature"),
        ({"typ": "at+jwt"}, None, "another kind"),
        ({"typ": "logout+jwt"}, None, "another kind"),
    ],
)
async def test_a_token_that_is_not_signed_by_the_provider_lets_nobody_in(lobby, provider, header, signing, words):
    provider.header = header
    if signing == "stranger":
        provider.signing = RSAKey.generate_key(2048, {"kid": "one"})
    if signing == "shared":
        provider.signing = OctKey.import_key(SECRET)
    refused(await signed_in(lobby.browser()), words)


async def test_an_answer_that_another_provider_claims_is_refused_before_its_code_is_shown_to_anybody(lobby, provider):
    provider.answer = {"iss": "https://login.evil.test"}
    refused(await signed_in(lobby.browser()), "another provider")
    assert provider.redeemed == 0


async def test_whoever_is_turned_away_there_is_told_here(lobby, provider):
    provider.answer = {"error": "access_denied", "error_description": "<script>alert(1)</script>"}
    answer = await signed_in(lobby.browser())
    refused(answer, "did not let you in")
    assert "alert(1)" not in answer.text


async def test_a_claim_of_choice_names_the_operator(tmp_path, provider):
    more = 'claim = "preferred_username"\noperators = {"olga.a@harbour.test" = "olga"}\n'
    async with lobby_with(tmp_path, provider, more) as lobby:
        provider.claims = {"sub": "1", "preferred_username": "olga.a@harbour.test"}
        assert (await signed_in(lobby.browser())).status_code == 303
        provider.claims = {"sub": "1", "preferred_username": "olga"}
        refused(await signed_in(lobby.browser()), "No operator belongs")
        provider.claims = {"sub": "olga"}
        refused(await signed_in(lobby.browser()), "claim")


async def test_an_address_that_nobody_verified_is_nobodys(tmp_path, provider):
    more = 'claim = "email"\noperators = {"olga@harbour.test" = "olga"}\n'
    async with lobby_with(tmp_path, provider, more) as lobby:
        for verified in (False, None, "true"):
            provider.claims = {"sub": "1", "email": "olga@harbour.test", "email_verified": verified}
            refused(await signed_in(lobby.browser()), "not verified your address")
        provider.claims = {"sub": "1", "email": "olga@harbour.test", "email_verified": True}
        assert (await signed_in(lobby.browser())).status_code == 303


async def test_who_lacks_a_required_claim_stays_outside(tmp_path, provider):
    async with lobby_with(tmp_path, provider, 'required = {groups = ["care", "ops"]}\n') as lobby:
        for groups in (None, [], ["sales"], "sales", 7):
            provider.claims = {"sub": "olga", "groups": groups}
            refused(await signed_in(lobby.browser()), "groups")
        for groups in (["sales", "ops"], "care"):
            provider.claims = {"sub": "olga", "groups": groups}
            assert (await signed_in(lobby.browser())).status_code == 303


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(lobby, provider):
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert (await signed_in(lobby.browser())).status_code == 303


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://login.evil.test"},
        {"token_endpoint": "http://login.evil.test/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://login.test/\r\nset-cookie: a=b"},
        {"jwks_uri": None},
    ],
)
async def test_a_provider_that_names_unsafe_addresses_is_not_used(lobby, provider, metadata):
    provider.metadata = metadata
    refused(await lobby.browser().get(BEGIN), "cannot be reached now", 503)


async def test_a_provider_that_is_away_is_told_and_asked_again(tmp_path, provider):
    gone = 'issuer = "http://127.0.0.1:9/realm"\nclient = "console"\n'
    async with open_lobby(tmp_path, lobby_files(f"[console.oidc]\n{gone}", PUBLIC), PUBLIC) as lobby:
        refused(await lobby.browser().get(BEGIN), "try again in a minute", 503)
        await lobby.publish(lobby_files(provider.settings(), PUBLIC))
        assert (await signed_in(lobby.browser())).status_code == 303


async def test_a_secret_that_is_not_set_is_told_without_letting_anybody_in(tmp_path, provider):
    settings = provider.settings().replace("CONSOLE_SECRET", "NOBODY_SET_THIS")
    async with open_lobby(tmp_path, lobby_files(settings, PUBLIC), PUBLIC) as lobby:
        refused(await lobby.browser().get(BEGIN), "server&#39;s log", 404)


async def test_the_provider_is_asked_every_day_whether_somebody_still_may(lobby):
    browser = lobby.browser()
    await signed_in(browser)
    lobby.clock.ahead = 6 * HOUR
    assert await browser.is_signed_in()
    lobby.clock.ahead = 12 * HOUR + 1000
    assert not await browser.is_signed_in()


async def test_whoever_came_by_the_provider_is_out_when_it_no_longer_counts(lobby):
    browser = lobby.browser()
    await signed_in(browser)
    await lobby.publish(lobby_files("", PUBLIC))
    assert not await browser.is_signed_in()


async def test_whoever_came_by_the_provider_makes_no_way_in_around_it(lobby):
    browser = lobby.browser()
    await signed_in(browser)
    page = (await browser.get("/console/account")).text
    assert "password" not in page.partition("<main")[2].partition("Where you are signed in")[0]
    fields = await browser.hidden("/console/account", "/console/account")
    for path in ("password", "passkeys", "passkeys/x/remove"):
        answer = await browser.post(f"/console/account/{path}", **fields, new="a lamp in the harbour at dusk")
        assert answer.status_code == 403


@pytest.mark.parametrize("then", ["https://evil.test", "//evil.test", "/console/../v1"])
async def test_coming_back_leads_nowhere_else(lobby, then):
    assert (await signed_in(lobby.browser(), then)).headers["location"] == "/console"


async def test_the_page_offers_the_provider_by_its_name(tmp_path, provider):
    async with lobby_with(tmp_path, provider, 'name = "Harbour Login"\n') as lobby:
        page = (await lobby.browser().get("/console/sign-in")).text
        assert "Harbour Login" in page
        assert 'name="password"' in page
