"""Somebody who runs operations, in a browser: sees how it is going as it happens, and goes from a number to what is behind it."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.kit.browser import PHONE, WIDE, Person, signed_in
from tests.kit.console import Console, consoling

pytestmark = pytest.mark.browser

ANN = "email:ann@harbour.test"


def tell(console: Console) -> None:
    """Make a customer known."""
    event = {"specversion": "1.0", "id": "a1", "source": "/web", "type": "page.viewed", "subject": ANN}
    headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
    answer = httpx.post(f"{console.url}/v1/signals", json={**event, "data": {"path": "/plans"}}, headers=headers)
    assert answer.status_code == 200, answer.text


def deny(console: Console) -> str:
    """Have something denied, and return the rule that did."""
    body = {"action": "raise_limit", "customer": ANN}
    answer = httpx.post(f"{console.url}/v1/proposals", json=body, headers={"authorization": "Bearer olga-key"})
    assert answer.json()["verdict"] == "deny", answer.text
    code: str = answer.json()["code"]
    return code


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """A server with one customer."""
    with consoling(tmp_path_factory.mktemp("live")) as opened:
        tell(opened)
        yield opened


olga = signed_in("olga")
"""A supervisor."""


def test_a_denial_is_seen_as_it_happens_and_leads_to_its_decision(console, olga):
    page = olga.page
    page.goto("/console/live?range=15m")
    decisions = page.locator("#figures").get_by_role("link", name=re.compile("^Decisions"))
    code = deny(console)
    link = page.locator(f'#tables a[href*="code={code}&"]')
    expect(link).to_be_visible()
    expect(decisions).to_contain_text("1")
    expect(page.locator("#series [data-series]")).to_have_attribute(
        "data-series", re.compile(r'"name":"denied".*[1-9]')
    )
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Decisions")
    expect(page.locator("[data-row]")).not_to_have_count(0)
    assert olga.faults == []


def test_the_page_is_walked_with_the_keyboard(console, olga):
    page = olga.page
    deny(console)
    page.goto("/console/account")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.get_by_role("heading", level=1)).to_have_text("How is it going?")
    expect(page.locator(".chart canvas")).to_be_visible()
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.closest('[data-row]') !== null")
    assert focused
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Decisions")
    assert olga.faults == []


def test_an_opened_table_stays_open_while_numbers_change(console, olga):
    page = olga.page
    page.goto("/console/live")
    page.get_by_text("The numbers as a table").click()
    before = page.locator("#figures .value").first.inner_text()
    deny(console)
    expect(page.locator("#figures .value").first).not_to_have_text(before)
    expect(page.locator("#numbers table")).to_be_visible()
    assert olga.faults == []


def test_more_windows_than_a_browser_has_connections_all_follow(console, olga):
    windows = [olga.tab() for _ in range(7)]
    for page in windows:
        page.goto("/console/live?range=24h")
    before = int(windows[0].locator("#figures .value").first.inner_text())
    deny(console)
    for page in windows:
        expect(page.locator("#figures .value").first).to_have_text(str(before + 1))
        page.close()
    assert olga.faults == []


def test_an_answer_that_comes_late_is_not_shown_beside_a_newer_one(console, olga):
    page, held = olga.tab(), []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/console/find?*", hold)
    page.goto("/console/account")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Find or go to")
    for text in ("ann", "ben", "ann"):
        with page.expect_request(f"**/console/find?q={text}"):
            field.fill(text)
    for route, title in zip(held, ("old", "other", "new"), strict=True):
        route.fulfill(json=[{"title": title, "kind": "customer", "address": "/console/customers"}])
    expect(page.get_by_role("option", name="new customer")).to_be_visible()
    expect(page.get_by_role("option", name="old customer")).to_have_count(0)
    assert olga.faults == []
    page.close()


def test_a_stream_that_was_not_to_be_had_at_first_is_asked_for_again(console, olga):
    page = olga.tab()
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.fallback()
        else:
            refused.append(route.request.url)
            route.fulfill(status=503)

    page.route("**/console/live?*live", refuse_once)
    page.goto("/console/live?range=24h")
    expect(page.get_by_text("The connection is broken.")).to_be_hidden()
    before = int(page.locator("#figures .value").first.inner_text())
    deny(console)
    expect(page.locator("#figures .value").first).to_have_text(str(before + 1))
    assert refused
    olga.faults.clear()  # the browser notes the refusal
    page.close()


def test_a_window_out_of_sight_lets_its_stream_go(console, olga):
    page, stream = olga.tab(), "**/console/live?*live"
    seen = "(hidden) => {Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})"
    turn = f"{seen}; document.dispatchEvent(new Event('visibilitychange'))}}"
    with page.expect_response(stream):
        page.goto("/console/live?range=24h")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("live")):
        page.evaluate(turn, True)
    with page.expect_response(stream):
        page.evaluate(turn, False)
    page.close()


def test_a_window_that_was_left_open_shows_nothing_any_more_once_its_reader_has_signed_out(console, browser):
    otto = Person(browser, console)
    otto.sign_in("otto").goto("/console/live?range=24h")
    other = otto.tab()
    other.goto("/console/account")
    other.get_by_role("button", name="Sign out").first.click()
    otto.page.wait_for_url("**/console/sign-in?then=**")
    assert otto.page.url.endswith("range%3D24h")
    otto.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_everybody_can_read_it(console, olga, theme, size):
    page = olga.page
    olga.wear(theme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/console/live?range=24h")
    expect(page.locator(".chart canvas")).to_be_visible()
    assert olga.blemishes() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert olga.faults == []
