"""Somebody who runs operations, in a browser: sees how it is going as it happens, and goes from a number to what is behind it."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.kit.browser import PHONE, WIDE, Person
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


@pytest.fixture(scope="module")
def olga(console, browser) -> Iterator[Person]:
    """A supervisor, signed in."""
    person = Person(browser, console)
    person.sign_in("olga")
    yield person
    person.close()


def test_a_denial_is_seen_as_it_happens_and_leads_to_its_decision(console, olga):
    page = olga.page
    page.goto("/console/live?range=15m")
    decisions = page.get_by_role("link", name="Decisions ", exact=False).filter(has_text="in the 15 minutes before")
    code = deny(console)
    link = page.get_by_role("link", name=code)
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
