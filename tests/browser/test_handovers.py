"""Somebody at the handover desk in a browser: takes a customer, helps them through the arbiter, and hands them back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.kit.browser import PHONE, signed_in
from tests.kit.console import Console
from tests.kit.supervision import ANA, BEN, SCRIPT, Counter, supervised

pytestmark = pytest.mark.browser

DESK = "/console/handovers"


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """A server for all."""
    with supervised(tmp_path_factory.mktemp("handovers")) as served:
        yield served


@pytest.fixture(scope="module")
def counter(console) -> Iterator[Counter]:
    """Whoever speaks to it from outside."""
    counter = Counter(console.url)
    yield counter
    counter.client.close()


otto = signed_in("otto")
"""Somebody who answers calls."""


def state(counter: Counter, handover: str) -> tuple[str, str]:
    known = counter.get(f"/v1/handovers/{handover}")
    return known["handover"]["status"], known["outcome"]


def test_a_customer_is_helped_and_handed_back_by_mouse(otto, counter):
    name = counter.handed_over(ANA, "c-mouse")
    page = otto.page
    page.goto(DESK)
    page.locator(f"#waits-{name}").get_by_role("link").click()
    expect(page.get_by_text("wants the second charge back")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("with you", exact=True)).to_be_visible()
    page.get_by_role("button", name="Do it: issue credit").click()
    proposed = page.locator("#proposed")
    expect(proposed.get_by_text("permit", exact=True)).to_be_visible()
    expect(proposed.get_by_text("The actor has been granted this action.")).to_be_visible()
    expect(proposed.get_by_text("carried out")).to_be_visible()
    page.get_by_role("button", name="Ask what to do next").click()
    expect(page.get_by_text("first choice")).to_be_visible()
    page.get_by_label("What came of it").fill("resolved")
    page.get_by_label("Note").fill("paid back")
    page.get_by_role("button", name="Hand back").click()
    expect(page.get_by_text("Handed back.")).to_be_visible()
    assert state(counter, name) == ("returned", "resolved")
    assert otto.faults == []


def test_a_customer_is_helped_and_handed_back_by_keyboard_alone(otto, counter):
    name = counter.handed_over(BEN, "c-keys", intent="move_berth", suggested=[])
    page, keys = otto.page, otto.page.keyboard
    page.goto("/console/account")
    keys.press("g")
    keys.press("h")
    expect(page.locator(f"#waits-{name}")).to_be_visible()
    keys.press("j")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="move berth")).to_be_visible()
    keys.press("a")
    expect(page.get_by_text("with you", exact=True)).to_be_visible()
    keys.press("p")
    keys.press("Tab")
    keys.type("issue credit")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_label("cents")).to_be_visible()
    keys.press("p")
    for _ in range(3):
        keys.press("Tab")
    expect(page.get_by_label("cents")).to_be_focused()
    keys.type("500")
    keys.press("Enter")
    expect(page.locator("#proposed").get_by_text("permit", exact=True)).to_be_visible()
    keys.press("b")
    keys.press("Tab")
    keys.press("Control+a")
    keys.type("declined")
    keys.press("Enter")
    expect(page.get_by_text("Handed back.")).to_be_visible()
    assert state(counter, name) == ("returned", "declined")
    assert otto.faults == []


def test_the_desk_is_live_and_whoever_is_second_is_told(otto, counter):
    page = otto.page
    page.goto(DESK)
    expect(page.get_by_text("Nobody waits")).to_be_visible()
    name = counter.handed_over(ANA, "c-live", urgent=True)
    row = page.locator(f"#waits-{name}")
    expect(row).to_contain_text("urgent")
    row.get_by_role("link").click()
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    page.get_by_label("Why").fill("no French")
    counter.post(f"/v1/handovers/{name}/acceptance", {}, "olga-key")
    expect(page.get_by_text("with olga")).to_be_visible()
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    expect(page.get_by_label("Why")).to_have_value("no French")
    assert otto.faults == []


def test_every_page_is_fit_for_everybody(otto, counter):
    step = {"title": SCRIPT, "action": "issue_credit", "arguments": {"cents": 1, "reason": SCRIPT}, "reason": SCRIPT}
    name = counter.handed_over(
        BEN,
        "c-fit",
        urgent=True,
        summary=SCRIPT,
        transcript=[{"uri": "javascript:document.title='broken'", "title": SCRIPT}],
        tried=[{"what": SCRIPT, "outcome": "failed", "detail": SCRIPT}],
        suggested=[step],
    )
    page = otto.page
    page.goto(DESK)
    assert otto.blemishes() == []
    page.goto(f"{DESK}/{name}")
    page.keyboard.press("a")
    page.get_by_text("with you", exact=True).wait_for()
    page.goto(f"{DESK}/{name}?act=issue_credit&step=0")
    for theme in ("light", "dark"):
        otto.wear(theme)
        assert otto.blemishes() == []
    otto.wear("light")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for path in (DESK, f"{DESK}/{name}"):
        page.goto(path)
        assert otto.blemishes() == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        widths = page.evaluate("[...document.querySelectorAll('.panel')].map((panel) => panel.offsetWidth)")
        assert min(widths) > PHONE[0] - 60
        assert "broken" not in page.title()
    assert otto.faults == []
