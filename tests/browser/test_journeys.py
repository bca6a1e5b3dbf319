"""The designer of journeys in a browser: finds where people drop off, sees who stands there, and compares versions."""

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.kit.browser import PHONE, WIDE, signed_in
from tests.kit.crossings import Crossings, crossing

pytestmark = pytest.mark.browser

LIST, PLACE = "/console/journeys", "/console/journeys/crossing"


@pytest.fixture(scope="module")
def crossings(tmp_path_factory) -> Iterator[Crossings]:
    """A server on which customers came to a journey."""
    with crossing(tmp_path_factory.mktemp("crossings")) as made:
        yield made


dora = signed_in("dora", "crossings")
"""The designer."""


def test_where_people_drop_off_is_found_with_the_mouse(crossings, dora):
    page = dora.page
    page.goto("/console/account")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Journeys").click()
    page.get_by_role("link", name="crossing").click()
    page.get_by_role("link", name="In a former version").click()
    node = page.get_by_role("link", name="landing waits for a signal: 5 came, 1 are here, 2 left here")
    expect(node).to_contain_text("40%")
    node.locator("polygon").click()
    expect(page.get_by_role("heading", name="Who stands at landing")).to_be_visible()
    page.get_by_role("link", name=crossings.customers["ana"]).click()
    expect(page.get_by_role("heading", name="The way of this customer")).to_be_visible()
    expect(page.locator("svg .node.been.now")).to_have_count(1)
    page.get_by_label("Compare with").select_option(crossings.releases[1])
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#versions")).to_contain_text("3 steps are different.")
    assert dora.faults == []


def test_where_people_drop_off_is_found_with_the_keyboard_alone(crossings, dora):
    page = dora.page
    page.goto("/console/account")
    for key in ("g", "j"):
        page.keyboard.press(key)
    page.wait_for_url(f"**{LIST}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PLACE}")
    page.goto(f"{PLACE}?version={crossings.former()}")
    page.keyboard.press("s")
    page.keyboard.press("j")
    expect(page.locator("table.steps a:focus")).to_have_text("landing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Who stands at landing")).to_be_visible()
    expect(page.locator("#standing")).to_contain_text(crossings.customers["ana"])
    page.keyboard.press("f")
    page.keyboard.type("email:dan@harbour.test")
    page.keyboard.press("Enter")
    expect(page.locator("#way")).to_contain_text("aboard")
    page.keyboard.press("v")
    expect(page.locator("#versions")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_label("Compare with")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#versions")).to_contain_text("What is different")
    assert dora.faults == []


def test_a_node_of_the_drawing_is_reached_and_followed_by_keyboard(crossings, dora):
    page = dora.page
    page.goto(f"{PLACE}?version={crossings.former()}")
    page.locator("svg a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**step=landing**")
    expect(page.get_by_role("heading", name="Who stands at landing")).to_be_visible()


def test_counts_follow_what_happens(crossings, dora):
    page = dora.page
    page.goto(PLACE)
    came = page.locator("#figures .figure").first
    before = int(came.locator(".value").inner_text())
    event = {"specversion": "1.0", "source": "/quay", "id": "late", "type": "page.viewed", "data": {"path": "/ferry"}}
    content = json.dumps({**event, "subject": "email:flo@harbour.test"})
    headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
    answer = httpx.post(f"{crossings.console.url}/v1/signals", headers=headers, content=content, timeout=30)
    assert answer.status_code == 200, answer.text
    expect(came.locator(".value")).to_have_text(str(before + 1))
    expect(page.locator("svg .badge").first).to_contain_text(str(before + 1))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it_in_both_themes_and_on_a_phone(crossings, dora, theme):
    page = dora.page
    dora.wear(theme)
    ana, against = crossings.customers["ana"], crossings.releases[0]
    paths = (
        LIST,
        f"{PLACE}?version={crossings.former()}&step=landing&customer={ana}&against={crossings.releases[1]}",
        f"/console/policies?against={against}",
        f"/console/policies/harbour.large_credit?against={against}",
    )
    for size in (WIDE, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for path in paths:
            page.goto(path)
            assert dora.blemishes() == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    assert dora.faults == []
