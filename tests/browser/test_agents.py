"""Somebody who oversees agents, in a browser: stops one by mouse and by keyboard alone, seen at once by everybody else."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.kit.browser import PHONE, WIDE, signed_in
from tests.kit.console import Console, consoling

pytestmark = pytest.mark.browser

ANN = "email:ann@harbour.test"

PAGES = (
    "/console/agents",
    "/console/agents/helper_bot",
    "/console/agents/helper_bot?part=oversight",
    "/console/halt",
    "/console/halt?scope=agent:helper_bot",
    "/console/catalogue",
    "/console/catalogue/issue_credit",
    "/console/connections",
    "/console/connections/desk",
)


def tell(console: Console) -> None:
    """Make a customer known, of whom the agent wants something."""
    event = {"specversion": "1.0", "id": "a1", "source": "/web", "type": "page.viewed", "subject": ANN}
    headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
    answer = httpx.post(f"{console.url}/v1/signals", json={**event, "data": {"path": "/plans"}}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert credit(console) == "permit"


def credit(console: Console) -> str:
    """Have the agent ask for a credit, and return the verdict."""
    body = {"action": "issue_credit", "customer": ANN, "arguments": {"cents": 5}}
    answer = httpx.post(f"{console.url}/v1/proposals", json=body, headers={"authorization": "Bearer bot-key"})
    verdict: str = answer.json()["verdict"]
    return verdict


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """A server with one customer, and an agent that did something for them."""
    with consoling(tmp_path_factory.mktemp("agents")) as opened:
        tell(opened)
        yield opened


olga = signed_in("olga")
"""A supervisor."""


otto = signed_in("otto")
"""Somebody else, at a browser of their own."""


def test_an_agent_is_stopped_by_mouse_and_let_go_on_by_somebody_who_saw_it_at_once(console, olga, otto):
    otto.page.goto("/console/agents")
    expect(otto.page.locator("#agents").get_by_text("running")).to_have_count(2)
    page = olga.page
    page.goto("/console/agents")
    page.get_by_role("link", name="Halt helper_bot").click()
    page.get_by_label("Why").fill("odd refunds")
    page.get_by_role("button", name="Halt it now").click()
    expect(page.get_by_text("agent:helper_bot is halted.")).to_be_visible()
    expect(otto.page.locator("#halts")).to_contain_text("odd refunds")
    assert credit(console) == "deny"
    expect(otto.page.locator("#agents")).to_contain_text("1 denied")
    otto.page.get_by_role("link", name="Let it go on").click()
    otto.page.get_by_label("Why it may go on").fill("looked at them")
    otto.page.get_by_role("button", name="Let it go on").click()
    expect(otto.page.get_by_text("agent:helper_bot goes on.")).to_be_visible()
    expect(page.locator("#standing")).not_to_contain_text("halted")
    assert credit(console) == "permit"
    assert olga.faults == []
    assert otto.faults == []


def test_an_agent_is_stopped_and_let_go_on_by_keyboard_alone(console, olga, otto):
    page = olga.page
    page.goto("/console/account")
    otto.page.goto("/console/agents/helper_bot")
    for key in ("g", "n"):
        page.keyboard.press(key)
    page.wait_for_url("**/console/agents")
    expect(page.locator("#agents a").first).to_be_visible()
    for key in ("j", "h"):
        page.keyboard.press(key)
    page.wait_for_url("**/console/halt?scope=agent*")
    expect(page.get_by_label("Why")).to_be_focused()
    page.keyboard.type("too many credits")
    page.keyboard.press("Enter")
    expect(page.get_by_text("agent:helper_bot is halted.")).to_be_visible()
    seen = otto.page.locator("#standing")
    expect(seen).to_contain_text("too many credits")
    seen.get_by_role("link", name="Let it go on").focus()
    otto.page.keyboard.press("Enter")
    expect(otto.page.get_by_label("Why it may go on")).to_be_focused()
    otto.page.keyboard.press("Enter")
    expect(otto.page.get_by_text("agent:helper_bot goes on.")).to_be_visible()
    assert credit(console) == "permit"
    assert olga.faults == []


def test_a_verdict_is_asked_for_by_keyboard_without_anything_done(olga):
    page = olga.page
    page.goto("/console/catalogue/issue_credit")
    page.get_by_label("For the customer").focus()
    page.keyboard.type(ANN)
    page.get_by_label("cents").focus()
    page.keyboard.type("500")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_contain_text("permit")
    assert olga.faults == []


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_fit_for_everybody_in_both_themes_and_on_a_phone(olga, path):
    page = olga.page
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.goto(path)
    for theme in ("light", "dark"):
        olga.wear(theme)
        assert olga.blemishes() == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    olga.wear("light")
    assert olga.faults == []
