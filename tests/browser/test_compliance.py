"""The data protection officer and whoever publishes, in a browser: by mouse, and by the keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.kit.browser import PHONE, Person, signed_in
from tests.kit.console import Console
from tests.kit.stewardship import GOVERNANCE, changed_files, stewarding, zipped

pytestmark = pytest.mark.browser

ANA = "email:ana@harbour.test"

WORKSPACE = ("workspace", "workspace/changes", "workspace/undo", "workspace/shadow")


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """A server on the workspace under governance, with a customer in its journey."""
    with stewarding(tmp_path_factory.mktemp("governance")) as opened:
        event = {"specversion": "1.0", "id": "1", "source": "web", "type": "page.viewed", "subject": ANA}
        _ask(opened, "web", "/v1/signals", {**event, "data": {"path": "/"}}, "application/cloudevents+json")
        _ask(opened, "olga", f"/v1/customers/{ANA}/journeys/greeting", {})
        yield opened


def _ask(console: Console, who: str, path: str, body: object, kind: str = "application/json") -> None:
    headers = {"authorization": f"Bearer {who}-key", "content-type": kind}
    answer = httpx.post(f"{console.url}{path}", json=body, headers=headers, timeout=30)
    assert answer.status_code < 300, answer.text


dora = signed_in("dora")
"""The data protection officer."""


petra = signed_in("petra")
"""Whoever publishes."""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A changed workspace as a ZIP file."""
    packed = tmp_path / "harbour.zip"
    packed.write_bytes(zipped(changed_files()))
    return packed


def go(page: Page, keys: str) -> None:
    """Type the two letters that lead to a page."""
    for key in keys.split():
        page.keyboard.press(key)


def reach(page: Page, script: str) -> None:
    """Go on with the tabulator until something is in focus."""
    for _ in range(80):
        if page.evaluate(f"(focused => {script})(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"nothing is reached that is {script}")


def test_an_incident_is_seen_to_and_a_hold_imposed_with_the_mouse(dora):
    page = dora.page
    page.goto("/console/compliance")
    expect(page.locator(".matters.bad")).to_contain_text("Art. 27")
    page.get_by_role("link", name="Incidents", exact=True).click()
    page.get_by_label("What happened").fill("Odd refunds")
    page.get_by_label("How grave it is").select_option("serious")
    page.get_by_role("button", name="Open the incident").click()
    expect(page.locator(".deadline")).to_contain_text("It must be reported in 2 weeks")
    page.get_by_label("To whom").fill("The authority")
    page.get_by_role("button", name="Note the report").click()
    expect(page.locator(".timeline")).to_contain_text("Reported to The authority")
    page.get_by_label("What came of it").fill("Paid back")
    page.get_by_role("button", name="Close the incident").click()
    expect(page.locator(".timeline")).to_contain_text("Paid back")
    page.goto("/console/legal-holds")
    page.get_by_label("Customer", exact=True).fill(ANA)
    page.get_by_label("Name of the hold").fill("case-7")
    page.get_by_role("button", name="Impose the hold").click()
    expect(page.locator("tbody")).to_contain_text("case-7")
    assert dora.faults == []


def test_an_incident_is_opened_and_classified_by_the_keyboard_alone(dora):
    page, press = dora.page, dora.page.keyboard.press
    page.goto("/console/account")
    go(page, "g m")
    page.wait_for_url("**/console/compliance")
    press("j")
    assert page.evaluate("document.activeElement.closest('.matters') !== null")
    reach(page, "focused.textContent.trim() === 'Incidents'")
    press("Enter")
    page.wait_for_url("**/console/incidents")
    press("o")
    reach(page, "focused.name === 'summary'")
    page.keyboard.type("By keyboard")
    reach(page, "focused.textContent.trim() === 'Open the incident'")
    press("Enter")
    page.wait_for_url("**/console/incidents/inc_*")
    reach(page, "focused.name === 'category'")
    page.keyboard.type("death")
    reach(page, "focused.textContent.trim() === 'Note it'")
    press("Enter")
    expect(page.locator(".deadline")).to_contain_text("It must be reported")
    go(page, "g m")
    page.wait_for_url("**/console/compliance")
    expect(page.locator(".matters").first).to_be_visible()
    expect(page.locator("#standing")).to_contain_text("By keyboard")
    assert dora.faults == []


def test_what_becomes_amiss_is_told_on_the_open_page(dora, console):
    page = dora.page
    page.goto("/console/compliance")
    _ask(console, "dora", "/v1/incidents", {"category": "widespread", "summary": "Just now"})
    expect(page.locator(".matters")).to_contain_text(["Just now", ""])
    assert dora.faults == []


def test_the_browser_verifies_that_the_log_only_grew_and_refuses_another_checkpoint(dora, console):
    page = dora.page
    page.goto("/console/log")
    verify = page.get_by_role("button", name="Verify in this browser")
    verify.click()
    expect(page.locator("[data-result~=signed]:visible").first).to_contain_text(
        "The log signed the present checkpoint."
    )
    expect(page.locator("[data-result=good]:visible")).to_have_count(0)
    kept = page.locator("#checkpoint").text_content() or ""
    _ask(console, "dora", "/v1/incidents", {"category": "other", "summary": "One more leaf"})
    size = int(kept.split("\n")[1])
    page.wait_for_function(
        "size => fetch('/console/log/checkpoint').then(answer => answer.json()).then(found => found.size > size)",
        arg=size,
    )
    page.get_by_label("A checkpoint you kept").fill(kept)
    verify.click()
    expect(page.locator("[data-step=older]")).to_have_class("good")
    expect(page.locator("[data-result=good]:visible").first).to_contain_text("Verified")
    lines = kept.split("\n")
    lines[1] = str(size - 1)
    page.get_by_label("A checkpoint you kept").fill("\n".join(lines))
    verify.click()
    expect(page.locator("[data-result=bad]:visible").first).to_contain_text("Refused")
    assert page.locator("[data-step=older]").get_attribute("class") == "bad"

    def cut(route) -> None:
        found = route.fetch().json()
        route.fulfill(json={**found, "hashes": [*found["hashes"][:-1], "A" * 43 + "="]})

    page.route("**/log/consistency*", cut)
    page.goto("/console/log")
    page.get_by_label("A checkpoint you kept").fill(kept)
    verify.click()
    expect(page.locator("[data-step=older]")).to_have_class("bad")
    page.unroute("**/log/consistency*")
    assert dora.faults == []


def test_a_workspace_is_published_and_rolled_back_with_the_mouse(petra, folder):
    page = petra.page
    page.goto("/console/workspace")
    page.get_by_label("The workspace's folder as a ZIP file").set_input_files(folder)
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("heading", name="What publishing would do")).to_be_visible()
    assert petra.blemishes() == []
    page.get_by_label("What becomes of runs at greeting rest").select_option("migrate:pause")
    page.get_by_role("button", name="Look again with these choices").click()
    expect(page.locator("tbody").first).to_contain_text("→ pause")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".notice.done")).to_contain_text("It rules from now on")
    expect(page.locator("#ruling")).to_contain_text("operator petra")
    page.get_by_role("link", name="Roll back").click()
    expect(page.get_by_role("heading", name="What rolling back would do")).to_be_visible()
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator(".notice.done")).to_contain_text("The last publication is undone")
    assert petra.faults == []


def test_a_release_rules_again_and_is_rolled_back_by_the_keyboard_alone(petra, folder):
    page, press = petra.page, petra.page.keyboard.press
    page.goto("/console/workspace")
    page.get_by_label("The workspace's folder as a ZIP file").set_input_files(folder)
    page.get_by_role("button", name="See what it would do").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".notice.done")).to_contain_text("It rules from now on")
    page.goto("/console/account")
    go(page, "g w")
    page.wait_for_url("**/console/workspace")
    press("j")
    press("j")
    reach(page, "focused.textContent === 'Let it rule again'")
    press("Enter")
    page.wait_for_url("**/console/workspace/publish?release=*")
    press("p")
    expect(page.locator(".notice.done")).to_contain_text("It rules from now on")
    press("b")
    page.wait_for_url("**/console/workspace/undo")
    press("r")
    expect(page.locator(".notice.done")).to_contain_text("The last publication is undone")
    assert petra.faults == []


def amiss(person: Person, paths: tuple[str, ...]) -> dict[str, list[str]]:
    """Return what keeps somebody from using pages in either theme, on a phone or on paper."""
    page, found = person.page, dict[str, list[str]]()
    for path in paths:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"/console/{path}")
        faults = []
        for theme in ("light", "dark"):
            person.wear(theme)
            faults += person.blemishes()
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        if page.evaluate("document.documentElement.scrollWidth") > PHONE[0]:
            faults.append("too wide for a phone")
        page.emulate_media(media="print")
        if page.locator("aside.side").is_visible() or page.locator("main form").first.is_visible():
            faults.append("not fit for paper")
        page.emulate_media(media="screen")
        if faults:
            found[path] = faults
    return found


def test_every_page_of_governance_is_for_everybody_on_any_screen_and_on_paper(dora, console):
    _ask(console, "dora", "/v1/incidents", {"category": "serious", "summary": "To be printed"})
    assert amiss(dora, GOVERNANCE) == {}
    dora.page.goto("/console/incidents?state=all")
    dora.page.locator("tbody a").first.click()
    assert dora.blemishes() == []
    assert dora.page.title().startswith("Incident")
    assert dora.faults == []


def test_every_page_of_the_workspace_is_for_everybody_on_any_screen(petra):
    page = petra.page
    page.goto("/console/workspace")
    release = page.locator("tbody a.mono").first.get_attribute("href") or ""
    assert amiss(petra, (*WORKSPACE, release.removeprefix("/console/"))) == {}
    assert petra.faults == []
