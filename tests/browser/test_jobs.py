"""The people of the example operator, after its day: each does in the console what they come for, by mouse and by keyboard."""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from examples.northwind_mobile.server import fresh_secrets
from tests.kit.browser import Person
from tests.kit.console import Console
from tests.kit.hands import Hands
from tests.kit.keys import Keys
from tests.kit.mouse import Mouse
from tests.kit.northwind import northwind
from tests.kit.occasions import AGENT, Occasions

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

VERIFIED = "Verified: this decision is in the log"


class Operator(NamedTuple):
    """The operator after its day."""

    console: Console
    workspace: Path
    occasions: Occasions
    release: str
    """What rules after the day."""


@pytest.fixture(scope="module")
def operator(tmp_path_factory) -> Iterator[Operator]:
    """The operator after its day, with everything that lets more happen."""
    folder, secrets = tmp_path_factory.mktemp("jobs"), fresh_secrets()
    with northwind(folder, secrets=secrets) as console, Occasions(console, secrets.keys) as occasions:
        yield Operator(console, folder / "workspace", occasions, occasions.ruling())


@pytest.fixture(params=[Mouse, Keys], ids=["by_mouse", "by_keyboard"])
def sit(request, operator, browser) -> Iterator[Callable[[str], Hands]]:
    """Return a way to have somebody sit down at a browser of their own, with nothing but a mouse or a keyboard."""
    people: list[Person] = []

    def sit(name: str) -> Hands:
        people.append(Person(browser, operator.console))
        hands: Hands = request.param(people[-1])
        hands.enter(name)
        return hands

    yield sit
    for person in people:
        assert person.faults == []
        person.close()


def row(page: Page, mark: str) -> Locator:
    """Return the link of the row that leads to something."""
    return page.locator(f"[data-row] a[href*='{mark}'], a[data-row][href*='{mark}']").first


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    """See which page it is."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def workspace(folder: Path, path: str, old: str, new: str) -> FilePayload:
    """Return the workspace as a file to send, with a line of it changed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_dir():
                continue
            name, text = str(file.relative_to(folder)), file.read_text(encoding="utf-8")
            if name == path:
                assert old in text
                text = text.replace(old, new)
            archive.writestr(name, text)
    return {"name": "northwind.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}


def taken(hands: Hands, name: str, folder: Path) -> Path:
    """Have somebody download what a link leads to, and return the file."""
    with hands.person.page.expect_download() as waited:
        hands.use(name, "link")
    file = folder / waited.value.suggested_filename
    waited.value.save_as(file)
    return file


def roll_back(hands: Hands, operator: Operator) -> None:
    """Undo the last publication, having seen what that would do."""
    page, published = hands.person.page, operator.occasions.ruling()
    hands.go("Workspace")
    hands.use("Roll back", "link")
    heading(page, "What rolling back would do")
    hands.use("Roll back")
    expect(page.get_by_text("The last publication is undone.")).to_be_visible()
    assert operator.occasions.ruling() != published


def test_robin_takes_a_customer_over_with_the_whole_story_acts_and_hands_back(operator, sit):
    """A human agent receives a customer with the whole story."""
    _, handover = operator.occasions.handed_over()
    robin = sit("robin")
    page = robin.person.page
    robin.go("Handovers")
    robin.open(row(page, handover))
    expect(page.get_by_text("was billed for a parcel of somebody else").first).to_be_visible()
    expect(page.get_by_text("Looked for the parcel")).to_be_visible()
    expect(page.get_by_text("They never had it")).to_be_visible()
    robin.use("Accept")
    expect(page.get_by_text("with you", exact=True)).to_be_visible()
    robin.use("Do it: issue credit")
    expect(page.locator("#proposed")).to_contain_text("permit")
    robin.write("What came of it", "refunded")
    robin.write("Note", "They got it back.")
    robin.use("Hand back")
    expect(page.get_by_text("Handed back.")).to_be_visible()
    back = operator.occasions.client.get(f"/v1/handovers/{handover}")
    assert (back["handover"]["status"], back["outcome"]) == ("returned", "refunded")


def test_sam_approves_one_request_changes_another_and_refuses_a_third(operator, sit):
    """A supervisor approves, refuses or overrides what a machine proposes."""
    occasions = operator.occasions
    approved, changed, refused = (occasions.held(cents, "a lost parcel")[1] for cents in (2500, 2600, 2700))
    sam = sit("sam")
    page = sam.person.page
    sam.go("Approvals")
    sam.open(row(page, approved))
    expect(page.get_by_text("A credit above 20 dollars").first).to_be_visible()
    sam.write("Note", "they waited long")
    sam.use("Approve")
    expect(page.get_by_text("Approved: it is on its way.")).to_be_visible()
    sam.open(row(page, changed))
    sam.use("Change the arguments", "summary")
    sam.write("amount cents", "1900")
    sam.use("Approve as changed")
    expect(page.get_by_text("Approved as changed")).to_be_visible()
    sam.open(row(page, refused))
    sam.write("Note", "it was delivered")
    sam.use("Refuse")
    expect(page.get_by_text("Refused: nothing is done.")).to_be_visible()
    assert occasions.answers(approved) == [("approved", "operator:sam")]
    assert occasions.answers(changed) == [("edited", "operator:sam")]
    assert occasions.answers(refused) == [("refused", "operator:sam")]


def test_lena_goes_from_a_number_to_one_customers_story(operator, sit):
    """An operations lead sees demand and failure demand live, and what is behind them."""
    who, _ = operator.occasions.held(3000, "a lost parcel")
    customer = operator.occasions.id_of(who)
    lena = sit("lena")
    page = lena.person.page
    lena.go("Live")
    lena.use("24 hours", "link")
    expect(page.get_by_role("link", name="24 hours", exact=True)).to_have_attribute("aria-current", "page")
    expect(page.get_by_text("Failure demand").first).to_be_visible()
    lena.open(row(page, "code=billing.credit_above_limit"))
    heading(page, "Decisions")
    lena.write("Customer", f"account:{who.account}")
    lena.use("Narrow")
    expect(page.locator("tbody tr")).to_have_count(1)
    lena.open(row(page, "peek="))
    expect(page.get_by_role("link", name="Whole story")).to_be_visible()
    lena.use("Whole story", "link")
    expect(page.get_by_text("A credit above 20 dollars").first).to_be_visible()
    lena.follow(page.locator(f"main a[href$='/customers/{customer}']").first)
    heading(page, who.name)
    expect(page.get_by_text("issue credit").first).to_be_visible()


@pytest.mark.parametrize("sit", [Keys], ids=["by_keyboard"], indirect=True)
def test_what_is_tabbed_back_to_stands_below_the_head_of_the_page(sit):
    """Somebody without a mouse sees where they are on their way up."""
    jo = sit("jo")
    jo.go("Policies")
    for _ in range(40):
        jo.press("Shift+Tab")
        jo.look()


@pytest.mark.parametrize("sit", [Keys], indirect=True, ids=["by_keyboard"])
def test_what_is_live_and_what_opens_above_leave_the_focus_where_it_was(operator, sit):
    """Somebody without a mouse keeps their place."""
    operator.occasions.held(3100, "a lost parcel")
    lena = sit("lena")
    page = lena.person.page
    lena.go("Live")
    rule = row(page, "code=billing.credit_above_limit")
    lena.walk_to(rule)
    before = page.locator("#figures").inner_text()
    operator.occasions.held(3200, "a lost parcel")
    expect(page.locator("#figures")).not_to_have_text(before, use_inner_text=True)
    expect(rule).to_be_focused()
    for opening in ("?", "Control+k"):
        lena.press(opening)
        expect(page.locator("dialog[open]")).to_be_visible()
        lena.look()
        lena.press("Tab")  # inside it, or out of the page, but never to what it covers
        expect(page.locator(".frame :focus")).to_have_count(0)
        lena.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(rule).to_be_focused()
    lena.press("Enter")
    heading(page, "Decisions")


def test_dana_finds_out_why_takes_the_proof_along_and_stops_the_agent(operator, sit, tmp_path):
    """A compliance officer asks why something happened, gets a verifiable answer, and stops an agent."""
    who, _ = operator.occasions.held(4100, "a lost parcel")
    dana = sit("dana")
    page = dana.person.page
    dana.go("Customers")
    dana.write("Find a customer", f"account:{who.account}")
    dana.use("Find")
    dana.follow(page.locator("main a[href*='/console/customers/cus_']").first)
    heading(page, who.name)
    dana.open(row(page, "/console/decisions/"))
    expect(page.get_by_text("A credit above 20 dollars").first).to_be_visible()
    expect(page.get_by_role("heading", name="What would have changed it")).to_be_visible()
    dana.use("Verify in this browser")
    expect(page.get_by_text(VERIFIED)).to_be_visible()
    assert "billing.credit_above_limit" in taken(dana, "As JSON", tmp_path).read_text(encoding="utf-8")
    dana.go("Agents")
    dana.use(f"Halt {AGENT}", "link")
    dana.write("Why", "it gives too much away")
    dana.use("Halt it now")
    try:
        expect(page.get_by_text("a second person lets it go on").first).to_be_visible()
        assert operator.occasions.ask(who, 100)["verdict"] == "deny"
        sam = sit("sam")
        sam.go("Agents")
        sam.use("Let it go on", "link")
        sam.write("Why it may go on", "it was told to")
        sam.use("Let it go on")
        expect(sam.person.page.get_by_text("goes on", exact=False).first).to_be_visible()
        assert operator.occasions.ask(who, 100)["verdict"] == "permit"
    finally:
        operator.occasions.let_go_on()


def test_dana_erases_a_customer_and_the_log_still_verifies(operator, sit, tmp_path):
    """A data protection officer honours erasure, and what was decided stays provable."""
    who, _ = operator.occasions.held(4200, "a lost parcel")
    customer = operator.occasions.id_of(who)
    dana = sit("dana")
    page = dana.person.page
    dana.go("Decisions")
    dana.write("Customer", f"account:{who.account}")
    dana.use("Narrow")
    expect(page.locator("tbody tr")).to_have_count(1)
    dana.open(row(page, "peek="))
    expect(page.get_by_role("link", name="Whole story")).to_be_visible()
    dana.use("Whole story", "link")
    dana.use("Verify in this browser")
    expect(page.get_by_text(VERIFIED)).to_be_visible()
    dana.use("Keep it in this browser")
    expect(page.get_by_text("Kept. From now on")).to_be_visible()
    evidence, program, policy = (
        taken(dana, name, tmp_path) for name in ("With evidence and proof", "verify_log.py", "log.policy")
    )
    dana.follow(page.locator(f"main a[href$='/customers/{customer}']").first)
    dana.use("Erase and export", "link")
    with page.expect_download() as handed_out:
        dana.use("Download")
    assert handed_out.value.suggested_filename == "customer.zip"
    dana.write("Type the customer's id", customer)
    dana.use("Erase for good")
    expect(page.get_by_text("was begun")).to_be_visible()
    dana.go("Compliance")
    dana.use("Erasures", "link")
    heading(page, "Erasures")
    expect(page.get_by_role("region", name="Under way")).not_to_contain_text(customer)
    dana.use("Log", "link")
    dana.use("Verify in this browser")
    expect(page.get_by_text("The log goes on from the checkpoint you kept.")).to_be_visible()
    expect(page.get_by_text("Verified: nothing before the checkpoint was changed")).to_be_visible()
    verified: list[str | Path] = [sys.executable, "-I", "-S", program, "evidence", evidence, "--policy", policy]
    assert subprocess.run(verified, capture_output=True, check=False).returncode == 0


def test_jo_changes_a_journey_tries_it_publishes_it_and_rolls_it_back(operator, sit):
    """A journey designer tests a change in virtual time and publishes it without hurting those who are inside."""
    jo = sit("jo")
    page = jo.person.page
    jo.go("Journeys")
    jo.open(row(page, "/journeys/payment_recovery"))
    expect(page.get_by_role("heading", name="Step by step")).to_be_visible()
    jo.use("Change it", "link")
    jo.edit("The file", "for: 2d", "for: 3d")
    jo.use("Check it, and see what it would do")
    expect(page.get_by_text("Nothing has changed yet")).to_be_visible()
    jo.use("Run its scenarios")
    expect(page.locator("#tried")).to_contain_text("scenarios passed.", timeout=60_000)
    jo.choose("What becomes of runs at payment_recovery told", "go on at the same step")
    jo.use("Look again with these choices")
    expect(page.get_by_text("With the choices that this preview shows.")).to_be_visible()
    try:
        jo.use("Publish")
        expect(page.get_by_text("It rules from now on")).to_be_visible()
        assert operator.occasions.ruling() != operator.release
        roll_back(jo, operator)
    finally:
        operator.occasions.bring_back(operator.release)


def test_kai_publishes_a_workspace_sees_what_is_connected_and_rolls_back(operator, sit):
    """A platform engineer connects the stack, and keeps rules in files that are published."""
    kai = sit("kai")
    page = kai.person.page
    kai.go("Connections")
    kai.open(row(page, "/connections/back_office"))
    heading(page, "back_office")
    expect(page.get_by_text("Failures in a row")).to_be_visible()
    expect(page.get_by_text("Billing and provisioning")).to_be_visible()
    kai.go("Workspace")
    sent = workspace(operator.workspace, "policies/billing.cedar", "2000", "2500")
    kai.attach("The workspace's folder as a ZIP file", sent)
    kai.use("See what it would do")
    expect(page.get_by_text("billing.credit_above_limit").first).to_be_visible()
    try:
        kai.use("Publish")
        expect(page.get_by_text("It rules from now on")).to_be_visible()
        assert operator.occasions.ruling() != operator.release
        roll_back(kai, operator)
        assert operator.occasions.ruling() == operator.release
    finally:
        operator.occasions.bring_back(operator.release)


def test_kai_connects_an_agent_and_sees_why_it_was_denied_and_what_it_may_still_spend(operator, sit):
    """An AI-agent developer points an agent at the platform and gets governed tools."""
    who, denied = operator.occasions.denied()
    kai = sit("kai")
    page = kai.person.page
    kai.go("Agents")
    kai.open(row(page, f"/agents/{AGENT}"))
    heading(page, AGENT)
    expect(page.get_by_role("region", name="How it connects")).to_contain_text(f"{operator.console.url}/mcp")
    kai.write("What is left for a customer", f"account:{who.account}")
    kai.use("Look")
    expect(page.get_by_role("region", name="Its budgets")).to_contain_text("room left")
    kai.open(row(page, denied))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#rules")).to_contain_text("xop.not_engaged")
