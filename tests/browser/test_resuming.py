"""A server that is killed under an open page: what was typed stays, and what is live goes on without loss or doubling."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from tests.kit.browser import Person
from tests.kit.stewardship import GREETING, changed_files, stewarding
from tests.kit.supervision import ANA, BEN, Counter, supervised

pytestmark = pytest.mark.browser

INBOX = "/console/approvals"

NOTE = "This is a long thought that nobody wants to write twice."


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where the server keeps its data from one run to the next."""
    return tmp_path


def test_what_is_typed_and_what_is_live_outlive_the_server(folder, browser):
    with supervised(folder) as console:
        counter = Counter(console.url)
        counter.known()
        counter.known(BEN)
        held = counter.held(ANA, cents=7000)
        person = Person(browser, console)
        page = person.sign_in("olga")
        page.goto(f"{INBOX}/{held}")
        page.get_by_label("Note").fill(NOTE)
        expect(page.locator("[data-row]")).to_have_count(1)
        counter.held(BEN, "send_gift", what="a cake")
        expect(page.get_by_role("link", name="1 new")).to_be_visible()
        counter.client.close()
        console.server.process.kill()
        expect(page.get_by_text("The connection is broken.")).to_be_visible()
        expect(page.get_by_label("Note")).to_have_value(NOTE)
    person.faults.clear()  # the browser notes that nobody answers
    with supervised(folder, urlsplit(console.url).port or 0) as again:
        assert again.url == console.url
        counter = Counter(again.url)
        counter.held(BEN, "send_gift", what="a pie")
        expect(page.get_by_role("link", name="2 new")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("The connection is broken.")).to_be_hidden()
        expect(page.locator("[data-row]")).to_have_count(1)
        expect(page.get_by_label("Note")).to_have_value(NOTE)
        person.faults.clear()
        page.reload()
        expect(page.locator("[data-row]")).to_have_count(3)
        expect(page.get_by_label("Note")).to_have_value(NOTE)
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_text("Refused: nothing is done.")).to_be_visible()
        told = counter.get(f"/v1/invocations/{held}")["after"]
        assert [(each["what"], each["note"]) for each in told] == [("refused", NOTE)]
        page.goto(f"{INBOX}/{held}")
        assert page.evaluate("Object.keys(sessionStorage).filter((name) => name.startsWith('draft:'))") == []
        assert person.faults == []
        counter.client.close()
        person.close()


def test_a_form_sent_to_a_server_that_is_gone_is_sent_once_it_is_back(folder, browser):
    with supervised(folder) as console:
        counter = Counter(console.url)
        counter.known()
        held = counter.held(ANA, cents=7000)
        person = Person(browser, console)
        page = person.sign_in("olga")
        page.goto(f"{INBOX}/{held}")
        page.get_by_label("Note").fill(NOTE)
        counter.client.close()
        console.server.process.kill()
        with page.expect_event("requestfailed", lambda request: request.method == "POST"):
            page.get_by_role("button", name="Refuse").click(no_wait_after=True)
    with supervised(folder, urlsplit(console.url).port or 0) as again:
        person.faults.clear()
        page.goto(f"{again.url}{INBOX}/{held}")
        expect(page.get_by_label("Note")).to_have_value(NOTE)
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_text("Refused: nothing is done.")).to_be_visible()
        counter = Counter(again.url)
        assert [each["what"] for each in counter.get(f"/v1/invocations/{held}")["after"]] == ["refused"]
        assert person.faults == []
        counter.client.close()
        person.close()


def test_a_file_typed_over_what_ruled_before_is_not_taken_for_a_change_of_what_rules_now(folder, browser):
    """What was typed comes back when the page is opened again; so does what it was made of."""
    with stewarding(folder) as console:
        person = Person(browser, console)
        page = person.sign_in("petra")
        page.goto("/console/workspace/edit?path=journeys/greeting.yaml")
        page.get_by_label("The file").fill(GREETING.replace("for: 3d", "for: 9d"))
        texts = {path: content.decode() for path, content in changed_files().items()}
        key = {"authorization": "Bearer petra-key"}
        answer = httpx.post(f"{console.url}/v1/releases", json={"files": texts}, headers=key, timeout=30)
        assert answer.status_code == 200, answer.text
        page.reload()
        expect(page.get_by_label("The file")).to_have_value(re.compile("for: 9d"))
        page.get_by_role("button", name="Check it").click()
        expect(page.get_by_text("Another workspace was published since you began.")).to_be_visible()
        assert person.faults == []
        person.close()
