"""People make passkeys on their account page and come in with them, without a password and without typing a name."""

import json
import re
from html import unescape

import pytest
from webauthn.helpers import bytes_to_base64url

from tests.kit.authenticator import PRESENT, Authenticator
from tests.kit.console import dismissed
from tests.kit.lobby import PUBLIC, lobby_files, open_lobby

MINUTE = 60_000
ACCOUNT, ADD, ENTER = "/console/account", "/console/account/passkeys", "/console/sign-in/passkey"
HERE = "http://localhost:7007"


@pytest.fixture
async def lobby(tmp_path):
    async with open_lobby(tmp_path, lobby_files(address=PUBLIC), PUBLIC) as opened:
        yield opened


async def options(browser, page, mark) -> str:
    """Return what a page tells the browser to ask its devices for."""
    found = re.search(rf'data-passkey-{mark}="([^"]*)"', (await browser.get(page)).text)
    assert found, f"{page} asks for no passkey"
    return unescape(found[1])


async def add(browser, device, name="my phone") -> str:
    """Make a passkey, and return the page that follows."""
    made = device.made(await options(browser, ACCOUNT, "make"))
    return await send(browser, ADD, name=name, credential=made)


async def send(browser, action, **fields) -> str:
    """Send a form of the account page with the token of the session."""
    answer = await browser.post(action, **await browser.hidden(ACCOUNT, "/console/sign-out"), **fields)
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


async def enter(browser, device):
    used = device.used(await options(browser, "/console/sign-in", "use"))
    return await browser.post(ENTER, credential=used)


async def device_of(lobby, operator="olga") -> Authenticator:
    """Return a device with a passkey that lets an operator in."""
    device = Authenticator(PUBLIC)
    assert "lets you in" in await add(await lobby.guest(operator), device)
    return device


def refused(answer, words):
    assert answer.status_code == 401
    assert words in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_passkey_lets_its_owner_in(lobby):
    device, browser = await device_of(lobby), lobby.browser()
    answer = await enter(browser, device)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    page = (await browser.get(ACCOUNT)).text
    assert "<h1>olga</h1>" in page
    assert "my phone" in page
    assert ">passkey<" in page


async def test_a_browser_is_told_to_verify_who_it_is_and_to_keep_the_passkey_itself(lobby):
    browser = await lobby.guest()
    asked = json.loads(await options(browser, ACCOUNT, "make"))
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["rp"]["id"] == "harbour.test"
    assert b"olga" not in Authenticator(PUBLIC).handle + asked["user"]["id"].encode()
    await add(browser, device := Authenticator(PUBLIC))
    again = json.loads(await options(browser, ACCOUNT, "make"))
    assert len(again["excludeCredentials"]) == 1
    assert again["user"]["id"] == asked["user"]["id"]
    entering = json.loads(await options(lobby.browser(), "/console/sign-in", "use"))
    assert entering["userVerification"] == "required"
    assert not entering.get("allowCredentials")
    assert device.handle


async def test_an_answer_counts_once(lobby):
    device, browser = await device_of(lobby), lobby.browser()
    used = device.used(await options(browser, "/console/sign-in", "use"))
    assert (await browser.post(ENTER, credential=used)).status_code == 303
    refused(await lobby.browser().post(ENTER, credential=used), "used before")


async def test_an_answer_counts_for_a_quarter_of_an_hour(lobby):
    device, browser = await device_of(lobby), lobby.browser()
    used = device.used(await options(browser, "/console/sign-in", "use"))
    lobby.clock.ahead = 15 * MINUTE + 1000
    refused(await browser.post(ENTER, credential=used), "took too long")


async def test_a_challenge_is_for_what_it_was_made_for(lobby):
    device, browser = await device_of(lobby), await lobby.guest("otto")
    making = json.loads(await options(browser, ACCOUNT, "make"))
    used = device.used(json.dumps({"rpId": "harbour.test", "challenge": making["challenge"]}))
    refused(await lobby.browser().post(ENTER, credential=used), "used before")


async def test_a_challenge_that_nobody_made_is_refused(lobby):
    device = await device_of(lobby)
    forged = bytes(16) + lobby.clock.now().to_bytes(8, "big") + bytes(32)
    for challenge in ("", "AAAA", "A" * 75, bytes_to_base64url(forged)):
        used = device.used(json.dumps({"rpId": "harbour.test", "challenge": challenge}))
        refused(await lobby.browser().post(ENTER, credential=used), "used before")


async def test_a_count_that_does_not_go_up_is_a_copy(lobby):
    device = await device_of(lobby)
    for _ in range(2):
        assert (await enter(lobby.browser(), device)).status_code == 303
    device.count = 1
    refused(await enter(lobby.browser(), device), "does not fit")
    device.count = 2
    assert (await enter(lobby.browser(), device)).status_code == 303


async def test_a_device_that_did_not_verify_who_it_is_lets_nobody_in(lobby):
    device = await device_of(lobby)
    device.flags = PRESENT
    refused(await enter(lobby.browser(), device), "does not fit")
    other = Authenticator(PUBLIC, PRESENT)
    assert "not accepted" in await add(await lobby.guest("otto"), other)


async def test_an_answer_given_to_another_site_is_refused(lobby):
    device = await device_of(lobby)
    device.origin = "https://harbour.test.evil.test"
    refused(await enter(lobby.browser(), device), "does not fit")
    assert "not accepted" in await add(await lobby.guest("otto"), Authenticator("https://evil.test"))


async def test_a_passkey_does_not_let_its_owner_in_as_somebody_else(lobby):
    device, other = await device_of(lobby), await device_of(lobby, "otto")
    device.handle = other.handle
    refused(await enter(lobby.browser(), device), "somebody else")
    device.id = other.id
    refused(await enter(lobby.browser(), device), "does not fit")


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "7", '{"id": 1}', "{" * 3000, '{"id": "AA", "rawId": "AA"}']
)
async def test_what_no_device_answers_is_refused(lobby, answer):
    refused(await lobby.browser().post(ENTER, credential=answer), "cannot be read")
    assert "cannot be read" in await send(await lobby.guest(), ADD, credential=answer)


async def test_whoever_tries_passkeys_again_and_again_waits(lobby):
    lobby.clock.stop()
    browser = lobby.browser("203.0.113.9")
    for _ in range(30):
        refused(await browser.post(ENTER, credential="{}"), "cannot be read")
    assert (await browser.post(ENTER, credential="{}")).status_code == 429


async def test_one_person_has_several_and_removes_the_one_that_was_lost(lobby):
    browser = await lobby.guest()
    phone, key = Authenticator(PUBLIC), Authenticator(PUBLIC)
    await add(browser, phone)
    page = await add(browser, key, "the <b>key</b>")
    assert "the &lt;b&gt;key&lt;/b&gt;" in page
    removal = next(each for each in re.findall(rf'action="({ADD}/[^"]+/remove)"', page))
    assert "is removed" in await send(browser, removal)
    refused(await enter(lobby.browser(), phone), "was removed")
    assert (await enter(lobby.browser(), key)).status_code == 303


async def test_nobody_removes_the_passkey_of_somebody_else(lobby):
    olga, device = await lobby.guest(), Authenticator(PUBLIC)
    page = await add(olga, device)
    removal = re.findall(rf'action="({ADD}/[^"]+/remove)"', page)[0]
    assert "removed already" in await send(await lobby.guest("otto"), removal)
    assert (await enter(lobby.browser(), device)).status_code == 303


async def test_passkeys_are_changed_by_who_has_just_signed_in(lobby):
    browser = await lobby.guest()
    made = Authenticator(PUBLIC).made(await options(browser, ACCOUNT, "make"))
    page = await add(browser, Authenticator(PUBLIC))
    removal = re.findall(rf'action="({ADD}/[^"]+/remove)"', page)[0]
    lobby.clock.ahead = 15 * MINUTE + 1000
    assert "data-passkey-make" not in (await browser.get(ACCOUNT)).text
    assert "in again first" in await send(browser, ADD, credential=made)
    assert "in again first" in await send(browser, removal)


async def test_a_dismissed_persons_passkeys_let_nobody_in(lobby):
    device = await device_of(lobby)
    assert dismissed(lobby.data, "olga") == 1
    refused(await enter(lobby.browser(), device), "not known here")


async def test_without_local_accounts_no_passkey_counts(lobby):
    device, browser = await device_of(lobby), lobby.browser()
    used = device.used(await options(browser, "/console/sign-in", "use"))
    only = '[console]\nlocal_accounts = false\n[console.oidc]\nissuer = "https://login.test"\nclient = "console"\n'
    await lobby.publish(lobby_files(only, PUBLIC))
    assert (await browser.post(ENTER, credential=used)).status_code == 403


async def test_without_an_address_passkeys_belong_to_the_name_that_was_typed(tmp_path):
    async with open_lobby(tmp_path, url=HERE) as lobby:
        browser, device = await lobby.guest(), Authenticator(HERE)
        assert json.loads(await options(browser, ACCOUNT, "make"))["rp"]["id"] == "localhost"
        await add(browser, device)
        assert (await enter(lobby.browser(), device)).status_code == 303


async def test_at_a_bare_network_address_it_is_said_why_there_are_none(tmp_path):
    async with open_lobby(tmp_path) as lobby:
        page = (await (await lobby.guest()).get(ACCOUNT)).text
        assert "data-passkey-make" not in page
        assert "http://localhost" in page
