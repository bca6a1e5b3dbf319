"""The supervisor in a browser: works off what waits, by mouse and by keyboard alone, beside another supervisor."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from tests.kit.browser import PHONE, Person, browsing, signed_in
from tests.kit.console import Console
from tests.kit.supervision import ANA, BEN, SCRIPT, Counter, supervised

pytestmark = pytest.mark.browser

INBOX = "/console/approvals"


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """A server for all."""
    with supervised(tmp_path_factory.mktemp("approvals")) as served:
        yield served


@pytest.fixture(scope="module")
def counter(console) -> Iterator[Counter]:
    """Whoever speaks to it from outside."""
    counter = Counter(console.url)
    counter.known()
    counter.known(BEN)
    yield counter
    counter.client.close()


olga = signed_in("olga")
"""A supervisor."""


@pytest.fixture(autouse=True)
def emptied(counter) -> Iterator[None]:
    """Leave nothing behind that waits."""
    yield
    for each in counter.get("/v1/approvals")["approvals"]:
        body = {"approved": False, "note": "over"}
        counter.post(f"/v1/invocations/{each['invocation']}/approval", body, "olga-key")


def story(counter: Counter, invocation: str) -> list[tuple[str, str]]:
    told = counter.get(f"/v1/invocations/{invocation}")["after"]
    return [(each["what"], each.get("by", "")) for each in told]


def test_requests_are_worked_off_by_mouse(olga, counter):
    first = counter.held(ANA, cents=7000, reason="charged twice")
    second, third = counter.held(ANA, cents=7001), counter.held(BEN, cents=7002)
    page = olga.page
    page.goto(f"{INBOX}/{first}")
    expect(page.locator("#request-title")).to_contain_text("wants to issue credit")
    page.get_by_label("Note").fill("they are loyal")
    page.get_by_role("button", name="Approve", exact=False).first.click()
    expect(page.get_by_text("Approved: it is on its way.")).to_be_visible()
    page.goto(f"{INBOX}/{second}")
    page.get_by_text("Change the arguments").click()
    page.get_by_label("cents").fill("2000")
    page.get_by_role("button", name="Approve as changed").click()
    expect(page.get_by_text("Approved as changed")).to_be_visible()
    page.goto(f"{INBOX}/{third}")
    page.get_by_label("Note").fill("not owed")
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("Refused: nothing is done.")).to_be_visible()
    expect(page.get_by_text("All is answered")).to_be_visible()
    assert story(counter, first)[0] == ("approved", "operator:olga")
    assert story(counter, second)[0] == ("edited", "operator:olga")
    assert story(counter, third) == [("refused", "operator:olga")]
    assert olga.faults == []


def test_requests_are_worked_off_by_keyboard_alone(olga, counter):
    gift, credit = counter.held(ANA, "send_gift"), counter.held(BEN, cents=7100)
    page, keys = olga.page, olga.page.keyboard
    page.goto("/console/account")
    keys.press("g")
    keys.press("a")
    expect(page.locator("#request-title")).to_contain_text("send gift")
    keys.press("j")
    keys.press("Enter")
    expect(page.locator("#request-title")).to_contain_text("issue credit")
    keys.press("k")
    keys.press("Enter")
    expect(page.locator("#request-title")).to_contain_text("send gift")
    keys.press("a")
    expect(page.locator("#request-title")).to_contain_text("issue credit")
    expect(page.get_by_text("Approved: it is on its way.")).to_be_visible()
    keys.press("x")
    expect(page.get_by_text("A refusal needs a note.")).to_be_visible()
    expect(page.get_by_label("Note")).to_be_focused()
    keys.type("nobody owes it")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_text("Refused: nothing is done.")).to_be_visible()
    assert story(counter, gift)[0] == ("approved", "operator:olga")
    assert story(counter, credit) == [("refused", "operator:olga")]
    olga.faults.clear()  # the browser notes the answer 400 to the refusal without a note


def test_arguments_are_changed_by_keyboard_alone(olga, counter):
    gift = counter.held(ANA, "send_gift", what="a cake")
    page, keys = olga.page, olga.page.keyboard
    page.goto(f"{INBOX}/{gift}")
    keys.press("e")
    page.locator("summary", has_text="Change the arguments").focus()
    keys.press("Tab")
    keys.press("Control+a")
    keys.type("a card")
    keys.press("Enter")
    expect(page.get_by_text("Approved as changed")).to_be_visible()
    keys.press("z")
    expect(page.get_by_text("Taken back: nothing is done.")).to_be_visible()
    assert [what for what, _ in story(counter, gift)] == ["edited", "withdrawn"]
    assert olga.faults == []


def test_what_could_not_be_sent_stays_whatever_else_is_sent_meanwhile(olga, counter):
    held, page = counter.held(ANA, cents=7300), olga.page
    page.goto(f"{INBOX}/{held}")
    page.get_by_label("Note").fill("to be said once the line is back")
    page.route("**", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        page.get_by_role("button", name="Refuse").click(no_wait_after=True)
    page.wait_for_url(lambda url: url.startswith("chrome-error:"), wait_until="commit")
    page.unroute_all()
    page.goto("/console/account")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".notice.done")).to_be_visible()
    page.goto(f"{INBOX}/{held}")
    expect(page.get_by_label("Note")).to_have_value("to be said once the line is back")
    olga.faults.clear()  # the browser notes that nobody answers


def test_of_two_supervisors_at_once_one_wins_and_the_other_is_told(console, counter, olga):
    """Each has a browser of their own, in a thread of its own; both press at the same moment."""
    held, signed_in = counter.held(ANA, cents=7200), olga.context.cookies()
    barrier = threading.Barrier(2, timeout=60)

    def decide(name: str, answer: str) -> tuple[str, str]:
        with browsing() as browser:
            person = Person(browser, console)
            page = person.page
            if name == "olga":
                person.context.add_cookies(signed_in)
            else:
                person.sign_in(name)
            page.goto(f"{INBOX}/{held}")
            page.get_by_label("Note").fill(f"typed by {name}")
            button = page.get_by_role("button", name=answer)
            button.hover()
            barrier.wait()
            button.evaluate("button => button.click()")
            page.locator(".notice.done, #standing .notice, .notice.problem").first.wait_for()
            page.wait_for_load_state()
            kept = page.locator("#kept, #note").first
            return page.locator("main").inner_text(), kept.input_value() if kept.count() else ""

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(decide, ("olga", "otto"), ("Approve", "Refuse")))
    happened = story(counter, held)
    answers = [(what, by) for what, by in happened if what in {"approved", "refused"}]
    assert len(answers) == 1
    what, winner = answers[0]
    loser = 1 if winner == "operator:olga" else 0
    told, kept = said[loser]
    assert re.search(rf"Answered already: {what} by {winner.removeprefix('operator:')}, \d", told)
    assert kept == f"typed by {('olga', 'otto')[loser]}"
    assert "Answered already" not in said[1 - loser][0]


def test_whoever_reads_what_another_answers_is_told_at_once_and_keeps_what_they_typed(olga, counter):
    held = counter.held(ANA, cents=7300)
    page = olga.page
    page.goto(f"{INBOX}/{held}")
    page.get_by_label("Note").fill("I was about to say")
    counter.post(f"/v1/invocations/{held}/approval", {"approved": False, "note": "no"}, "otto-key")
    expect(page.get_by_text("Answered already: refused by otto")).to_be_visible()
    expect(page.get_by_role("button", name="Approve", exact=False)).to_have_count(0)
    expect(page.get_by_label("Note")).to_have_value("I was about to say")
    assert olga.faults == []


def test_what_is_new_waits_until_it_is_asked_for(olga, counter):
    held = counter.held(ANA, cents=7400)
    page = olga.page
    page.goto(f"{INBOX}/{held}")
    expect(page.locator(".rows a")).to_have_count(1)
    page.get_by_label("Note").fill("being read")
    for number in range(3):
        counter.held(BEN, "send_gift", what=f"cake {number}")
    expect(page.get_by_role("link", name="3 new")).to_be_visible()
    expect(page.locator(".rows a")).to_have_count(1)
    expect(page.get_by_label("Note")).to_be_focused()
    page.get_by_role("link", name="3 new").click()
    expect(page.locator(".rows a")).to_have_count(4)
    expect(page.get_by_label("Note")).to_have_value("being read")
    assert olga.faults == []


def test_every_page_is_fit_for_everybody(olga, counter):
    counter.signal("profile.changed", ANA, name=SCRIPT)
    held = counter.held(ANA, cents=60_000, reason=SCRIPT, lines=[SCRIPT])
    answered = counter.held(BEN)
    counter.post(f"/v1/invocations/{answered}/approval", {"approved": False, "note": SCRIPT}, "otto-key")
    task = counter.post("/v1/proposals", {"action": "read_meter", "customer": ANA, "arguments": {"berth": SCRIPT}})
    counter.signal("page.viewed", ANA, path="/complain")
    page = olga.page
    question = counter.get("/v1/questions")["questions"][0]
    paths = [
        f"{INBOX}/{held}?answered={answered}",
        f"{INBOX}/{answered}",
        f"{INBOX}/tasks/{task['invocation']}",
        f"{INBOX}/questions/{question['customer']}/{question['run']}/{question['token']}",
    ]
    for theme in ("light", "dark"):
        olga.wear(theme)
        for path in paths:
            page.goto(path)
            page.locator("#request-title").wait_for()
            assert olga.blemishes() == []
            assert "broken" not in page.title()
    olga.wear("light")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(INBOX)
    expect(page.locator(".waiting")).to_be_visible()
    expect(page.locator("#request-title")).to_be_hidden()
    page.locator(".rows a").first.click()
    expect(page.locator("#request-title")).to_be_visible()
    expect(page.locator(".waiting")).to_be_hidden()
    assert olga.blemishes() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.set_viewport_size({"width": 1280, "height": 900})
    assert olga.faults == []
