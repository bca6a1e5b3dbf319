"""The people of the example operator, after its day: each does in the console what they come for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.kit.browser import Person
from tests.kit.console import Console
from tests.kit.northwind import northwind

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """The operator after its day."""
    with northwind(tmp_path_factory.mktemp("jobs")) as opened:
        yield opened


@pytest.fixture
def someone(console, browser) -> Iterator:
    """Return a way to have somebody sit down at a browser of their own."""
    people: list[Person] = []

    def sit(name: str) -> Person:
        person = Person(browser, console)
        people.append(person)
        person.sign_in(name)
        return person

    yield sit
    for person in people:
        assert person.faults == []
        person.close()


def go(person: Person, keys: str) -> None:
    """Type the letters that lead to a page."""
    for key in keys.split():
        person.page.keyboard.press(key)


def test_lena_sees_why_offers_are_held_back_and_what_is_behind_it(someone):
    page = someone("lena").page
    page.goto("/console")
    expect(page.get_by_role("heading", name="How is it going?")).to_be_visible()
    expect(page.get_by_text("Failure demand").first).to_be_visible()
    page.get_by_role("link", name="xop.consent_unknown").click()
    expect(page.locator("tbody tr").first).to_contain_text("send offer")
    assert "code=xop.consent_unknown" in page.url


def test_lena_gets_there_by_keyboard_alone(someone):
    lena = someone("lena")
    go(lena, "g d")
    lena.page.wait_for_url("**/console/decisions")
    go(lena, "j Enter")
    expect(lena.page.get_by_label("The decision in short")).to_be_visible()


def test_sam_approves_one_credit_with_the_mouse_and_the_other_by_keyboard(someone):
    sam = someone("sam")
    page = sam.page
    page.get_by_role("link", name="Approvals", exact=True).click()
    title = page.locator("#request-title")
    expect(title).to_contain_text("The agent care_bot wants to issue credit")
    page.get_by_label("Note").fill("their network was down")
    page.get_by_role("button", name="Approve", exact=False).first.click()
    expect(page.get_by_text("Approved: it is on its way.")).to_be_visible()
    expect(title).to_contain_text("wants to issue credit")
    go(sam, "a")
    expect(page.get_by_text("All is answered")).to_be_visible()


def test_robin_takes_the_customer_over_with_the_whole_story_and_hands_back(someone):
    robin = someone("robin")
    page = robin.page
    go(robin, "g h")
    page.wait_for_url("**/console/handovers")
    go(robin, "j Enter")
    expect(page.get_by_text("does not recognise a charge")).to_be_visible()
    expect(page.get_by_text("Looked for the subscription")).to_be_visible()
    go(robin, "a")
    expect(page.get_by_text("with you", exact=True)).to_be_visible()
    page.get_by_label("What came of it").fill("explained")
    page.get_by_role("button", name="Hand back").click()
    expect(page.get_by_text("Handed back.")).to_be_visible()


def test_dana_finds_out_why_and_her_browser_verifies_it(someone):
    dana = someone("dana")
    page = dana.page
    go(dana, "g d")
    page.wait_for_url("**/console/decisions")
    page.get_by_label("Verdict").select_option("hold")
    page.get_by_label("Action").fill("issue_credit")
    page.get_by_role("button", name="Narrow").click()
    page.locator("tbody tr").first.get_by_role("link").first.click()
    page.get_by_role("link", name="Whole story").click()
    expect(page.get_by_text("A credit above 20 dollars").first).to_be_visible()
    go(dana, "v")
    page.get_by_role("button", name="Verify in this browser").click()
    expect(page.get_by_text("Verified: this decision is in the log")).to_be_visible()


def test_dana_sees_that_all_is_as_it_must_be_and_what_to_see_to(someone):
    dana = someone("dana")
    go(dana, "g m")
    expect(dana.page.get_by_role("heading", name="Is anything not as it must be?")).to_be_visible()
    expect(dana.page.get_by_text("No witness outside this company cosigns the log.")).to_be_visible()


def test_jo_sees_where_people_stand_in_a_journey_and_which_rule_decides(someone):
    jo = someone("jo")
    page = jo.page
    go(jo, "g j")
    page.get_by_role("link", name="outage notice").first.click()
    expect(page.get_by_role("heading", name="Step by step")).to_be_visible()
    go(jo, "g p")
    page.wait_for_url("**/console/policies")
    page.get_by_role("link", name="billing.credit_above_limit").first.click()
    expect(page.get_by_text("A credit above 20 dollars").first).to_be_visible()


def test_kai_sees_what_letting_the_former_release_rule_again_would_change(someone):
    kai = someone("kai")
    page = kai.page
    go(kai, "g w")
    page.wait_for_url("**/console/workspace")
    page.get_by_role("link", name="Let it rule again").first.click()
    expect(page.get_by_role("button", name="Publish", exact=False).first).to_be_visible()
