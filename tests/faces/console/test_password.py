"""People sign in by a password; whoever guesses at one waits longer each time."""

import asyncio
import re

import pytest

from tests.kit.console import PASSWORD
from tests.kit.lobby import lobby_files, open_lobby
from xop.faces.console.sign_in.hashing import Hashing
from xop.faces.http.problems import ProblemError

MINUTE = 60_000
NEW = "a lamp in the harbour at dusk"
WRONG = "a password of somebody else"


async def guess(browser, times, name="olga"):
    browser.lobby.clock.stop()
    return [(await browser.sign_in(name, WRONG)).status_code for _ in range(times)]


async def test_the_right_password_opens_the_page_that_was_asked_for(lobby):
    await lobby.guest()
    browser = lobby.browser()
    asked = await browser.get("/console/account?x=1")
    answer = await browser.client.post(asked.headers["location"], data={"name": "olga", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account?x=1")
    assert await browser.is_signed_in()


async def test_a_wrong_password_opens_nothing(lobby):
    await lobby.guest()
    browser = lobby.browser()
    answer = await browser.sign_in(password=WRONG)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "set-cookie" not in answer.headers
    assert not await browser.is_signed_in()


@pytest.mark.parametrize("name", ["nobody", "otto", "helper_bot"])
async def test_nobody_is_told_whether_there_is_an_account(lobby, name):
    await lobby.guest("olga")
    answers = [await lobby.browser().sign_in(each, WRONG) for each in ("olga", name)]
    plain = {re.sub(rf'value="{each}"', "", a.text) for each, a in zip(("olga", name), answers, strict=True)}
    assert len(plain) == 1
    assert {each.status_code for each in answers} == {401}
    kept = [{k: v for k, v in each.headers.items() if k != "content-length"} for each in answers]
    assert kept[0] == kept[1]


async def test_a_password_is_the_same_however_a_keyboard_composes_it(lobby):
    browser = lobby.browser()
    assert (await browser.post(lobby.invitation("olga"), password="cafe\u0301 au lait dehors")).status_code == 303
    assert (await lobby.browser().sign_in(password="caf\u00e9 au lait dehors")).status_code == 303


async def test_an_invitation_is_good_once(lobby):
    path = lobby.invitation("olga")
    assert (await lobby.browser().post(path, password=PASSWORD)).status_code == 303
    again = await lobby.browser().post(path, password=NEW)
    assert again.status_code == 403
    assert "another one" in again.text
    assert (await lobby.browser().sign_in(password=NEW)).status_code == 401


async def test_an_invitation_is_over_after_three_days(lobby):
    path = lobby.invitation("olga")
    lobby.clock.ahead = 3 * 24 * 60 * MINUTE + 1000
    assert (await lobby.browser().get(path)).status_code == 403
    assert (await lobby.browser().post(path, password=PASSWORD)).status_code == 403


async def test_an_invitation_for_nobody_says_what_is_missing(lobby):
    answer = await lobby.browser().post(lobby.invitation("olgaa"), password=PASSWORD)
    assert answer.status_code == 403
    assert "agents.yaml has no operator" in answer.text


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaaaaaa", "olga12345678", "x" * 201])
async def test_a_weak_password_is_not_taken(lobby, weak):
    browser, path = lobby.browser(), lobby.invitation("olga")
    assert (await browser.post(path, password=weak)).status_code == 422
    assert not await browser.is_signed_in()
    assert (await browser.post(path, password=PASSWORD)).status_code == 303


async def test_after_five_failures_even_the_right_password_waits(lobby):
    await lobby.guest()
    browser = lobby.browser()
    assert await guess(browser, 5) == [401] * 5
    held = await browser.sign_in()
    assert held.status_code == 429
    assert int(held.headers["retry-after"]) >= 1
    lobby.clock.ahead += 2000
    assert (await browser.sign_in()).status_code == 303


async def test_the_pause_doubles_with_each_failure(lobby):
    browser, waits = lobby.browser(), []
    await guess(browser, 5)
    for _ in range(12):
        held = await browser.sign_in(password=WRONG)
        waits.append(int(held.headers["retry-after"]))
        lobby.clock.ahead += waits[-1] * 1000
        assert await guess(browser, 1) == [401]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


async def test_a_name_that_nobody_has_is_paused_alike(lobby):
    assert await guess(lobby.browser(), 6, "nobody") == [401] * 5 + [429]


async def test_a_restart_forgives_nobody(tmp_path):
    async with open_lobby(tmp_path) as lobby:
        await guess(lobby.browser(), 12)
        lobby.clock.ahead = 10 * MINUTE
        await guess(lobby.browser(), 1)
    async with open_lobby(tmp_path) as lobby:
        assert (await lobby.browser().sign_in()).status_code == 429


async def test_success_begins_the_count_anew(lobby):
    await lobby.guest()
    browser = lobby.browser()
    for _ in range(3):
        assert await guess(browser, 4) == [401] * 4
        assert (await browser.sign_in()).status_code == 303


async def test_guesses_made_side_by_side_do_not_slip_through_together(lobby):
    await lobby.guest()
    lobby.clock.stop()
    answers = await asyncio.gather(*(lobby.browser().sign_in(password=WRONG) for _ in range(9)))
    assert sorted(each.status_code for each in answers) == [401] * 5 + [429] * 4


async def test_an_address_that_tries_many_names_is_paused(lobby):
    await lobby.guest()
    browser = lobby.browser("203.0.113.9")
    for each in range(30):
        assert await guess(browser, 1, f"name{each}") == [401]
    assert (await browser.sign_in()).status_code == 429
    assert (await lobby.browser("203.0.113.10").sign_in()).status_code == 303


async def test_a_network_of_one_household_is_one_address(lobby):
    for each in range(30):
        await guess(lobby.browser(f"2001:db8:0:1::{each:x}"), 1, f"name{each}")
    assert await guess(lobby.browser("2001:db8:0:1:ffff::1"), 1, "other") == [429]
    assert await guess(lobby.browser("2001:db8:0:2::1"), 1, "other") == [401]


async def test_the_proxy_beside_the_server_says_who_is_asking(public):
    for each in range(30):
        await guess(public.browser("127.0.0.1", **{"x-forwarded-for": "6.6.6.6, 203.0.113.9"}), 1, f"name{each}")
    same = public.browser("127.0.0.1", **{"x-forwarded-for": "7.7.7.7, 203.0.113.9"})
    other = public.browser("127.0.0.1", **{"x-forwarded-for": "203.0.113.10"})
    assert await guess(same, 1, "new") == [429]
    assert await guess(other, 1, "new") == [401]


async def test_nobody_else_is_believed_about_who_is_asking(public):
    for each in range(30):
        await guess(public.browser("192.0.2.1", **{"x-forwarded-for": f"203.0.113.{each}"}), 1, f"name{each}")
    assert await guess(public.browser("192.0.2.1", **{"x-forwarded-for": "203.0.113.99"}), 1, "new") == [429]


async def test_a_proxy_that_the_workspace_names_is_believed(tmp_path):
    async with open_lobby(tmp_path, lobby_files('[console]\nproxies = ["192.0.2.0/24"]\n')) as lobby:
        for each in range(31):
            browser = lobby.browser("192.0.2.1", **{"x-forwarded-for": f"203.0.113.{each}"})
            assert await guess(browser, 1, f"name{each}") == [401]


async def test_a_changed_password_is_the_only_one_and_ends_every_other_session(lobby):
    here = await lobby.guest()
    elsewhere = lobby.browser()
    await elsewhere.sign_in()
    page = await here.send("/console/account", "/console/account/password", current=PASSWORD, new=NEW)
    assert "The password is changed" in page
    assert await here.is_signed_in()
    assert not await elsewhere.is_signed_in()
    assert (await lobby.browser().sign_in()).status_code == 401
    assert (await lobby.browser().sign_in(password=NEW)).status_code == 303


async def test_whoever_does_not_know_the_password_does_not_change_it(lobby):
    browser = await lobby.guest()
    page = await browser.send("/console/account", "/console/account/password", current=WRONG, new=NEW)
    assert "not your present password" in page
    assert (await lobby.browser().sign_in()).status_code == 303


async def test_guesses_on_the_account_page_are_counted_too(lobby):
    browser = await lobby.guest()
    lobby.clock.stop()
    for _ in range(5):
        await browser.send("/console/account", "/console/account/password", current=WRONG, new=NEW)
    page = await browser.send("/console/account", "/console/account/password", current=PASSWORD, new=NEW)
    assert "Too many attempts" in page


async def test_few_hashes_are_made_at_once_and_few_wait():
    hashing = Hashing(at_once=1, waiting=2)
    done = await asyncio.gather(*(hashing.fits("", PASSWORD) for _ in range(5)), return_exceptions=True)
    assert done[:3] == [False] * 3
    assert [type(each) for each in done[3:]] == [ProblemError] * 2
    assert await hashing.fits("", PASSWORD) is False


async def test_local_accounts_can_be_switched_off(tmp_path):
    closed = lobby_files(
        '[console]\nlocal_accounts = false\n[console.oidc]\nissuer = "https://login.test"\nclient = "console"\n',
        "https://harbour.test",
    )
    async with open_lobby(tmp_path) as lobby:
        browser = await lobby.guest()
        assert await browser.is_signed_in()
        invitation = lobby.invitation("otto")
        await lobby.publish(closed)
        assert not await browser.is_signed_in()
        assert (await lobby.browser().post("/console/sign-in", name="olga", password=PASSWORD)).status_code == 403
        assert (await lobby.browser().post(invitation, password=PASSWORD)).status_code == 403
        assert 'name="password"' not in (await lobby.browser().get("/console/sign-in")).text
