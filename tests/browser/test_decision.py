"""The compliance officer in a browser: finds why something happened, and has the browser itself verify it."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.kit.browser import PHONE, WIDE, Person, signed_in
from tests.kit.rulings import Rulings, ruling

pytestmark = pytest.mark.browser

PLACE = "/console/decisions"

GOOD = "Verified: this decision is in the log as it stands here."
REFUSED = "Refused: this does not verify."


@pytest.fixture(scope="module")
def rulings(tmp_path_factory) -> Iterator[Rulings]:
    """A server with decisions of every sort."""
    with ruling(tmp_path_factory.mktemp("rulings")) as made:
        yield made


cora = signed_in("cora", "rulings")
"""The compliance officer."""


def opened(cora: Person, rulings: Rulings, name: str) -> Page:
    """Look at a decision."""
    cora.page.goto(f"{PLACE}/{rulings.decisions[name]}")
    return cora.page


def verified(page: Page, told: str) -> None:
    """Press the button, and expect what is told."""
    page.get_by_role("button", name="Verify in this browser").click()
    expect(page.locator("[data-result]:visible").first).to_contain_text(told)


def step(page: Page, name: str) -> str:
    """Return how a step of the verification went."""
    return page.locator(f"[data-step={name}]").get_attribute("class") or ""


def test_why_something_happened_is_found_and_verified_with_the_mouse(rulings, cora):
    page = cora.page
    page.goto(PLACE)
    page.get_by_label("Verdict").select_option("deny")
    page.get_by_label("Action").fill("send_notice")
    page.get_by_role("button", name="Narrow").click()
    page.get_by_role("link", name="send notice").click()
    beside = page.get_by_label("The decision in short")
    expect(beside).to_contain_text("A notice must not shout.")
    assert f"peek={rulings.decisions['denied']}" in page.url
    expect(page.locator("tbody tr")).to_have_count(1)
    beside.get_by_role("link", name="Whole story").click()
    expect(page.locator(".rule.decided")).to_contain_text("A notice must not shout.")
    page.locator("svg").get_by_role("link", name="harbour.rude decided").click()
    assert page.url.endswith("#rule-1")
    verified(page, GOOD)
    assert [step(page, name) for name in ("key", "signature", "inclusion", "leaf", "older")] == [
        *["good"] * 4,
        "skipped",
    ]
    assert cora.faults == []


def test_why_something_happened_is_found_and_verified_by_the_keyboard_alone(rulings, cora):
    page, press = cora.page, cora.page.keyboard.press
    page.goto("/console/account")
    press("g")
    press("d")
    page.wait_for_url(f"**{PLACE}")
    for _ in range(40):
        press("j")
        if rulings.decisions["held"] in (page.evaluate("document.activeElement.href") or ""):
            break
    press("Enter")
    expect(page.get_by_label("The decision in short")).to_contain_text("Credits above 50 need a supervisor.")
    assert rulings.decisions["held"] in page.evaluate("document.activeElement.href")
    press("o")
    page.wait_for_url(f"**{PLACE}/{rulings.decisions['held']}")
    press("v")
    expect(page.locator("#proof")).to_be_in_viewport()
    for _ in range(4):
        press("Tab")
        if page.evaluate("document.activeElement.id") == "verify":
            break
    press("Enter")
    expect(page.locator("[data-result=good]:visible").first).to_contain_text(GOOD)
    assert cora.faults == []


def other(text: str, at: int) -> str:
    """Return base 64 with one letter changed."""
    return f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}"


def in_hash(found: dict) -> None:
    """Change a hash of the way to the root."""
    lines = found["proof"].split("\n")
    lines[2] = other(lines[2], 5)
    found["proof"] = "\n".join(lines)


def in_root(found: dict) -> None:
    """Change the root that was signed."""
    head, text = found["proof"].split("\n\n", 1)
    lines = text.split("\n")
    lines[2] = other(lines[2], 5)
    found["proof"] = f"{head}\n\n" + "\n".join(lines)


def in_signature(found: dict) -> None:
    """Change the signature."""
    found["proof"] = f"{other(found['proof'], len(found['proof']) - 30)}"


def in_index(found: dict) -> None:
    """Say that the leaf stands elsewhere."""
    found["proof"] = found["proof"].replace(f"index {found['index']}\n", f"index {found['index'] + 1}\n")


def in_leaf(found: dict) -> None:
    """Change a letter of the leaf."""
    found["leaf"] = found["leaf"].replace("issue_credit", "issue_credat")


def in_entry(found: dict) -> None:
    """Change what was asked for, after the fact."""
    found["bundle"]["entry"] = found["bundle"]["entry"].replace('"cents":9000', '"cents":9001')


def in_evidence(found: dict) -> None:
    """Change a value that was read."""
    found["bundle"]["evidence"] = found["bundle"]["evidence"].replace("9000", "9001")


@pytest.mark.parametrize(
    ("tamper", "fails"),
    [
        (in_hash, "inclusion"),
        (in_root, "signature"),
        (in_signature, "signature"),
        (in_index, "inclusion"),
        (in_leaf, "inclusion"),
        (in_entry, "leaf"),
        (in_evidence, "leaf"),
    ],
)
def test_a_proof_that_was_tampered_with_is_refused(rulings, cora, tamper, fails):
    page = opened(cora, rulings, "held")

    def changed(route: Route) -> None:
        answer = route.fetch()
        found = answer.json()
        before = json.dumps(found)
        tamper(found)
        assert json.dumps(found) != before
        route.fulfill(response=answer, json=found)

    page.route("**/proof", changed)
    try:
        verified(page, REFUSED)
    finally:
        page.unroute("**/proof")
    assert step(page, fails) == "bad"
    verified(page, GOOD)


def test_the_proof_of_another_decision_is_refused(rulings, cora):
    page = opened(cora, rulings, "held")
    another = page.request.get(f"{PLACE}/{rulings.decisions['approved']}/proof").json()
    page.route("**/proof", lambda route: route.fulfill(json=another))
    try:
        verified(page, REFUSED)
    finally:
        page.unroute("**/proof")
    assert [step(page, "inclusion"), step(page, "leaf")] == ["good", "bad"]


def test_another_key_is_refused(rulings, cora):
    page = opened(cora, rulings, "held")
    page.get_by_text("Trust your own key and checkpoint").click()
    own = page.get_by_label("The log's public key")
    key = own.input_value()
    own.fill(other(key, len(key) - 8))
    verified(page, REFUSED)
    assert step(page, "key") == "bad"


def answered(page: Page, change: Callable[[list[str]], list[str]] | None) -> None:
    """Have the server answer with a changed proof of consistency, or with none since the log is shorter."""

    def answer(route: Route) -> None:
        if change is None:
            route.fulfill(status=409, json={"code": "log-shorter"})
        else:
            route.fulfill(json={"hashes": change(route.fetch().json()["hashes"])})

    page.route("**/consistency?*", answer)


def test_a_checkpoint_that_was_kept_is_held_against_the_log(rulings, cora):
    page = opened(cora, rulings, "denied")
    verified(page, GOOD)
    page.get_by_role("button", name="Keep it in this browser").click()
    expect(page.get_by_text("Kept. From now on")).to_be_visible()
    size = page.locator("#checkpoint").inner_text().split("\n")[1]
    rulings.tell("olga", "POST", "/v1/evaluations", json={"action": "read_bill", "customer": "email:ana@harbour.test"})
    while rulings.tell("cora", "GET", "/v1/log")["size"] <= int(size):
        continue
    page.reload()
    verified(page, GOOD)
    assert step(page, "older") == "good"
    assert page.locator("#checkpoint").inner_text().split("\n")[1] != size
    for broken in (lambda _: [], lambda hashes: [other(hashes[0], 5), *hashes[1:]], None):
        answered(page, broken)
        verified(page, REFUSED)
        page.unroute("**/consistency?*")
        assert step(page, "older") == "bad"
    verified(page, GOOD)
    assert ["409" in fault for fault in cora.faults] == [True]
    cora.faults.clear()
    page.evaluate("localStorage.clear()")


def test_a_browser_without_ed25519_says_so(rulings, cora):
    page = cora.tab()
    page.add_init_script(
        "SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));"
    )
    page.goto(f"{PLACE}/{rulings.decisions['held']}")
    verified(page, "This browser does not know Ed25519 signatures.")
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_pages(rulings, cora, theme):
    cora.wear(theme)
    held = rulings.decisions["held"]
    for size in ((1280, 900), PHONE):
        cora.page.set_viewport_size({"width": size[0], "height": size[1]})
        for path in ("", f"?peek={held}", f"/{held}?release={rulings.releases[1]}", f"/{held}?audience=customer"):
            cora.page.goto(f"{PLACE}{path}")
            assert cora.blemishes() == []
            assert cora.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for name in ("chosen", "halted"):
        opened(cora, rulings, name)
        assert cora.blemishes() == []
        assert cora.page.title() != "broken"
    cora.page.set_viewport_size({"width": 1280, "height": 900})
    cora.wear("light")
    assert cora.faults == []


def test_what_the_customer_is_given_is_all_that_is_printed(rulings, cora):
    page = cora.page
    page.goto(f"{PLACE}/{rulings.decisions['held']}?audience=customer")
    page.emulate_media(media="print")
    shown = page.locator("main").inner_text().strip()
    page.emulate_media(media="screen")
    assert shown.startswith("What was decided")
    assert shown.endswith("without having to trust us.")


def test_the_list_and_the_story_are_there_without_scripts(rulings, browser, cora):
    context = browser.new_context(
        base_url=rulings.console.url, java_script_enabled=False, storage_state=cora.context.storage_state()
    )
    page = context.new_page()
    page.goto(f"{PLACE}?code=harbour.rude")
    page.get_by_role("link", name="send notice").click()
    expect(page.get_by_label("The decision in short")).to_contain_text("A notice must not shout.")
    page.get_by_role("link", name="Whole story").click()
    expect(page.locator("#proof noscript code")).to_be_visible()
    expect(page.get_by_role("button", name="Verify in this browser")).to_be_hidden()
    context.close()


CUT = "[...document.querySelectorAll('.list .scroll, table.decisions td')].filter(e => e.scrollWidth > e.clientWidth).length"


def test_one_beside_the_list_takes_nothing_from_it_and_no_key_is_lost(cora):
    page, press = cora.page, cora.page.keyboard.press
    page.goto(PLACE)
    page.locator("a[data-peek]").first.focus()
    press("Enter")
    press("Tab")
    expect(page.get_by_label("The decision in short")).to_contain_text("Whole story")
    assert "/console/customers/" in page.evaluate("document.activeElement.href")
    expect(page.locator("td.customer a:visible")).to_have_count(page.locator("tbody tr").count())
    assert page.evaluate(CUT) == 0
    assert cora.blemishes() == []


def test_one_that_was_opened_is_in_sight_wherever_it_stands(cora):
    page = cora.page
    short = {"width": 1280, "height": 420}
    for size, seen in ((short, "tr:has(a[aria-current])"), ({"width": PHONE[0], "height": PHONE[1]}, "#peek h2")):
        page.set_viewport_size(size)
        page.goto(PLACE)
        assert page.evaluate(CUT) == 0
        page.locator("a[data-peek]").last.click()
        expect(page.locator("#peek h2")).to_be_visible()
        expect(page.locator(seen)).to_be_in_viewport()
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    assert cora.faults == []
