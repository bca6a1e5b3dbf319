"""A session is one browser's, ends when it should, and is known by a token that nobody else ever had."""

import asyncio
import re
from contextlib import closing

import pytest

from tests.kit.console import PASSWORD, dismissed
from tests.kit.lobby import lobby_files
from xop.faces.console.pages import PAGES
from xop.faces.console.sign_in.sessions import Sessions
from xop.faces.console.sign_in.store import Store
from xop.runtimes.system import SystemClock

HOUR = 3_600_000
DAY = 24 * HOUR
WITHOUT_OLGA = lobby_files()
WITHOUT_OLGA["agents.yaml"] = WITHOUT_OLGA["agents.yaml"].replace(b"  olga: ", b"  petra: ")


def cookie(answer) -> str:
    """Return what an answer sets."""
    return answer.headers["set-cookie"]


def token(browser) -> str:
    return browser.client.cookies["xop_session"]


def ends(page: str) -> list[str]:
    """Return where the forms go that end one session each."""
    return re.findall(r'action="(/console/account/sessions/[^"]+/end)"', page)


async def test_a_token_that_was_there_before_signing_in_opens_nothing(lobby):
    await lobby.guest()
    victim, planted = lobby.browser(), "a-token-that-an-attacker-knows"
    victim.client.cookies.set("xop_session", planted)
    answer = await victim.sign_in()
    assert planted not in cookie(answer)
    attacker = lobby.browser()
    attacker.client.cookies.set("xop_session", planted)
    assert not await attacker.is_signed_in()


async def test_signing_in_again_ends_the_session_of_before(lobby):
    await lobby.guest("otto")
    victim = lobby.browser()
    await victim.sign_in("otto")
    former, page = token(victim), await victim.get("/console/account")
    assert page.status_code == 200
    await lobby.guest("olga")
    await victim.sign_in("olga")
    attacker = lobby.browser()
    attacker.client.cookies.set("xop_session", former)
    assert not await attacker.is_signed_in()


async def test_a_session_ends_after_a_working_day_without_a_request(lobby):
    browser = await lobby.guest()
    for _ in range(3):
        lobby.clock.ahead += 7 * HOUR
        assert await browser.is_signed_in()
    lobby.clock.ahead += 8 * HOUR + 1000
    assert not await browser.is_signed_in()


async def test_a_session_ends_after_a_week_however_busy(lobby):
    browser = await lobby.guest()
    for _ in range(7 * 4):
        lobby.clock.ahead += 6 * HOUR - 1000
        assert await browser.is_signed_in()
    lobby.clock.ahead += HOUR
    assert not await browser.is_signed_in()


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(lobby):
    await lobby.guest()
    attributes = cookie(await lobby.browser().sign_in()).split("; ")
    assert attributes[0].startswith("xop_session=")
    assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= set(attributes)
    assert not any(each.startswith("Domain") for each in attributes)


async def test_over_https_the_cookie_is_this_very_hosts_alone_though_the_server_itself_speaks_http(public):
    await public.guest()
    attributes = cookie(await public.browser().sign_in()).split("; ")
    assert attributes[0].startswith("__Host-xop_session=")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= set(attributes)
    assert not any(each.startswith("Domain") for each in attributes)


async def test_over_https_a_cookie_that_another_host_could_have_set_counts_for_nothing(public):
    browser = await public.guest()
    tossed = public.browser(cookie=f"xop_session={browser.client.cookies['__Host-xop_session']}")
    assert not await tossed.is_signed_in()


async def test_an_address_that_is_not_known_counts_as_https(lobby):
    await lobby.guest()
    await lobby.publish(lobby_files(address="${env:NOBODY_SET_THIS}"))
    assert "Secure" in cookie(await lobby.browser().sign_in())


async def test_cookies_of_others_do_not_matter(lobby):
    browser = await lobby.guest()
    crowded = lobby.browser(cookie=f'odd[]={{"a":1}}; =x; ;;; xop_session={token(browser)}; more="')
    assert await crowded.is_signed_in()


async def test_signing_out_ends_the_session_and_clears_what_the_browser_kept(public):
    browser = await public.guest()
    kept = browser.client.cookies["__Host-xop_session"]
    answer = await browser.post("/console/sign-out", **await browser.hidden("/console/account", "/console/sign-out"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "Max-Age=0" in cookie(answer)
    again = public.browser(cookie=f"__Host-xop_session={kept}")
    assert not await again.is_signed_in()


async def test_the_account_page_tells_sessions_apart_and_ends_one(lobby):
    firefox = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    here = await lobby.guest()
    there, third = lobby.browser("203.0.113.9", **firefox), lobby.browser()
    await there.sign_in()
    await third.sign_in()
    page = (await here.get("/console/account")).text
    assert "Firefox on Linux" in page
    assert "203.0.113.9" in page
    assert len(ends(page)) == 2
    only = next(each for each in ends(page) if each in page.partition("Firefox on Linux")[2].partition("</tr>")[0])
    assert "has ended" in await here.send("/console/account", only)
    assert [await each.is_signed_in() for each in (here, there, third)] == [True, False, True]


async def test_all_other_sessions_end_at_once(lobby):
    here = await lobby.guest()
    others = [lobby.browser(), lobby.browser()]
    for each in others:
        await each.sign_in()
    await here.send("/console/account", "/console/account/sessions")
    assert await here.is_signed_in()
    assert [await each.is_signed_in() for each in others] == [False, False]


async def test_nobody_ends_the_session_of_somebody_else(lobby):
    olga = await lobby.guest("olga")
    again = lobby.browser()
    await again.sign_in("olga")
    action = ends((await olga.get("/console/account")).text)[0]
    otto = await lobby.guest("otto")
    fields = await otto.hidden("/console/account", "/console/sign-out")
    assert (await otto.post(action, **fields)).status_code == 303
    assert await olga.is_signed_in()
    assert await again.is_signed_in()


async def test_a_new_invitation_ends_every_session_once_it_is_taken_up(lobby):
    before = await lobby.guest()
    after = await lobby.guest()
    assert not await before.is_signed_in()
    assert await after.is_signed_in()


async def test_an_operator_who_is_dropped_is_out_at_the_next_request(lobby):
    browser = await lobby.guest()
    fields = await browser.hidden("/console/account", "/console/account")
    await lobby.publish(WITHOUT_OLGA)
    assert not await browser.is_signed_in()
    answer = await browser.post("/console/account", **fields, theme="dark")
    assert answer.headers["location"] == "/console/sign-in"
    assert (await lobby.browser().sign_in()).status_code == 401
    await lobby.publish(lobby_files())
    assert "data-theme" not in (await browser.get("/console/account")).text


@pytest.mark.parametrize("way", ["dropped", "signed out"])
async def test_whoever_is_out_is_shown_nothing_live_either(lobby, way):
    browser = await lobby.guest()
    page = next(path for path, live in pages() if live)
    told = asyncio.create_task(browser.get(f"{page}?live", accept="text/event-stream"))
    async with asyncio.timeout(20):
        await begun()
        if way == "dropped":
            await lobby.publish(WITHOUT_OLGA)
        else:
            await browser.post("/console/sign-out", **await browser.hidden("/console/account", "/console/sign-out"))
        assert (await told).status_code == 200


async def begun():
    """Let a request that was just made come to where it waits."""
    for _ in range(50):
        await asyncio.sleep(0)


def pages():
    return [(f"/console{page.path}", page.live) for page in PAGES if "{" not in page.path]


async def test_dismissal_takes_sessions_password_and_invitations_away(lobby):
    browser = await lobby.guest()
    open_still = lobby.invitation("olga")
    assert dismissed(lobby.data, "olga") == 1
    assert not await browser.is_signed_in()
    assert (await lobby.browser().sign_in(password=PASSWORD)).status_code == 401
    assert (await lobby.browser().get(open_still)).status_code == 403


async def test_https_is_kept_to_from_then_on(public):
    answer = await public.browser().get("/console/sign-in")
    assert "max-age" in answer.headers["strict-transport-security"]


def test_two_settings_sent_at_the_same_moment_are_both_kept(tmp_path):
    with closing(Store(tmp_path)) as store:
        sessions = Sessions(store, SystemClock())
        token, _ = sessions.begin("olga", "password")
        one, other = sessions.find(token), sessions.find(token)
        assert one is not None
        assert other is not None
        sessions.change(one, theme="dark", zone="Europe/Berlin")
        changed = sessions.change(other, purpose="service")
        found = sessions.find(token)
        assert found == changed
        assert (found.theme, found.zone, found.purpose) == ("dark", "Europe/Berlin", "service")


def test_a_setting_of_a_session_that_was_ended_meanwhile_does_not_bring_it_back(tmp_path):
    with closing(Store(tmp_path)) as store:
        sessions = Sessions(store, SystemClock())
        token, session = sessions.begin("olga", "password")
        sessions.end(session)
        assert sessions.change(session, theme="dark").theme == "dark"
        assert sessions.find(token) is None
