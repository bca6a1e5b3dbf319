"""Somebody who helps customers, in a browser: finds one, reads what happened while it happens, and changes what they may."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.kit.browser import PHONE, WIDE, Person, signed_in
from tests.kit.console import Console, consoling

pytestmark = pytest.mark.browser

ANN, BOB = "email:ann@harbour.test", "email:bob@harbour.test"
EVIL = '"><script>document.title="taken"</script><img src=x onerror=document.title="taken">'


class Harbour(NamedTuple):
    """A server with two customers."""

    console: Console
    ann: str
    bob: str


def tell(console: Console, name: str, kind: str, subject: str, /, **data: str) -> str:
    """Send a signal of a customer and return their id."""
    event = {"specversion": "1.0", "id": name, "source": "/web", "type": kind, "subject": subject, "data": data}
    headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
    answer = httpx.post(f"{console.url}/v1/signals", json=event, headers=headers)
    assert answer.status_code == 200, answer.text
    customer: str = answer.json()["customer"]
    return customer


@pytest.fixture(scope="module")
def harbour(tmp_path_factory) -> Iterator[Harbour]:
    """A server with two customers, of whom one wrote what does harm where it is not escaped."""
    with consoling(tmp_path_factory.mktemp("harbour")) as console:
        ann = tell(console, "a1", "profile.changed", ANN, name="Ann Archer", plan=EVIL)
        tell(console, "a2", "call.started", ANN, call="call-7")
        tell(console, "a3", "page.viewed", ANN, path=EVIL)
        bob = tell(console, "b1", "profile.changed", BOB, name="Bob Barker")
        yield Harbour(console, ann, bob)


olga = signed_in("olga", "harbour")
"""A supervisor."""


def heading(page: Page, text: str) -> None:
    """Expect a page to be headed so."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_a_customer_is_found_and_helped_with_the_mouse(harbour, olga):
    page = olga.page
    page.goto("/console/customers")
    page.get_by_role("searchbox", name="Find a customer", exact=True).fill("020 7946 0099")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name="Nobody was found")).to_be_visible()
    page.get_by_role("searchbox", name="Find a customer", exact=True).fill("Ann@Harbour.test")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=harbour.ann).click()
    heading(page, "Ann Archer")
    expect(page.get_by_text("A conversation began on voice")).to_be_visible()
    page.get_by_role("link", name="Consents", exact=True).click()
    page.get_by_label("The customer").select_option("grant")
    page.get_by_label("to the purpose").select_option("marketing")
    page.get_by_label("on", exact=True).select_option("email")
    page.get_by_label("Proof").fill("call 4711")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("status").first).to_have_text("The change of consent was recorded.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Receipt marketing").click()
    assert download.value.suggested_filename == "consent-receipt.json"
    page.get_by_role("link", name="Identifiers", exact=True).click()
    page.get_by_label("Another customer").fill("bob@harbour.test")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="What merging them would come to")).to_be_visible()
    expect(page.get_by_role("region", name="As it would be")).to_contain_text("bob@harbour.test")
    page.get_by_role("link", name="Leave it").click()
    expect(page.get_by_role("heading", name="What merging them would come to")).to_have_count(0)
    assert olga.faults == []


def test_a_customer_is_found_and_their_past_is_seen_with_the_keyboard(harbour, olga):
    page = olga.page
    page.goto("/console/account")
    page.keyboard.press("Control+k")
    page.keyboard.type("ann@harbour.test")
    expect(page.locator("[data-found]")).to_have_count(1)
    expect(page.locator("[data-found][aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Enter")
    heading(page, "Ann Archer")
    page.keyboard.press("g")
    page.keyboard.press("c")
    heading(page, "Customers")
    page.keyboard.press("f")
    page.keyboard.type(harbour.bob)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=harbour.bob)).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "Bob Barker")
    page.keyboard.press("k")
    expect(page.locator("[data-row]").last.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("[data-row]").last.get_by_role("link", name="The customer as of this")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is the customer as of")).to_be_visible()
    expect(page.get_by_role("cell", name="Bob Barker")).to_be_visible()
    assert olga.faults == []


def test_what_happens_shows_by_itself(harbour, olga):
    page = olga.page
    page.goto(f"/console/customers/{harbour.bob}")
    expect(page.get_by_role("heading", name="Promises")).to_have_count(0)
    page.evaluate("window.unchanged = true")
    first = page.locator("#happenings [data-row] details").last
    first.locator("summary").click()
    expect(first.get_by_text("CustomerCreated")).to_be_visible()
    tell(harbour.console, "b2", "promise.made", BOB, id="p-9")
    expect(page.locator("#happenings")).to_contain_text("Promised: a call back")
    expect(page.locator("#open")).to_contain_text("a call back")
    tell(harbour.console, "b3", "promise.kept", BOB, id="p-9")
    expect(page.locator("#happenings")).to_contain_text("The promise p-9 was kept")
    expect(first.get_by_text("CustomerCreated")).to_be_visible()
    assert page.evaluate("window.unchanged"), "the page was loaded anew"
    assert olga.faults == []


def test_nobody_is_erased_by_mistake_and_whoever_is_meant_is(harbour, browser):
    person = Person(browser, harbour.console)
    page = person.sign_in("dpo")
    gone = tell(harbour.console, "c1", "profile.changed", "email:carl@harbour.test", name="Carl")
    page.goto(f"/console/customers/{gone}/erasure")
    assert person.blemishes() == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "customer.zip"
    page.get_by_label("Type the customer's id to go on").fill("carl")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was erased")
    page.get_by_label("Type the customer's id to go on").fill(gone)
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("status").first).to_contain_text(re.compile("The erasure .* was begun"))
    assert person.faults == []
    person.close()


def test_everybody_can_use_the_pages_in_both_themes_and_on_a_phone(harbour, olga):
    page, base = olga.page, f"/console/customers/{harbour.ann}"
    paths = ("", "/context", "/consents", f"/identity?other={harbour.bob}")
    for path in ("/console/customers", "/console/search?q=nobody", *(f"{base}{each}" for each in paths)):
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        page.goto(path)
        for theme in ("light", "dark"):
            olga.wear(theme)
            assert olga.blemishes() == [], (path, theme)
        assert page.title() != "taken", path
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], path
        assert olga.blemishes() == [], (path, "phone")
    olga.wear("light")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    assert olga.faults == []
