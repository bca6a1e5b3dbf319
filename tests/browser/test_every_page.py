"""Every page of the console, as somebody who may see everything finds it after the example's day."""

import pytest

from tests.kit.browser import PHONE, Person, browsing
from tests.kit.northwind import EVERYBODY, northwind
from tests.kit.tour import ROUTES, tour

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

MORE = ("/console/patterns", "/console/search?q=NW-100001", "/console/resume?scope=agent%3Acare_bot")
"""Pages that no link of the day leads to: one for whoever makes pages, one behind a field, one behind a halt."""

FETCHED = {
    "/find",
    "/log/checkpoint",
    "/log/consistency",
    "/decisions/{decision}/consistency",
    "/decisions/{decision}/proof",
}
"""What scripts of pages ask for."""

NOT_IN_THE_DAY = {
    *(
        "/approvals/questions/{customer}/{run}/{token}",
        "/approvals/tasks/{invocation}",
        "/decisions/{decision}/scenario",
    ),
    "/outbox/{invocation}",
}
"""Pages of what the example's day does not leave behind; each has tests of its own."""

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Return every page with its blemishes, and what went wrong in the browser."""
    with northwind(tmp_path_factory.mktemp("northwind")) as console, browsing() as browser:
        person = Person(browser, console)
        tab = person.sign_in(EVERYBODY)
        found: dict[str, list[str]] = {}
        for route, address, stands in tour(tab, *MORE):
            found[route] = []
            if not stands:
                continue
            told = [f"light: {each}" for each in person.blemishes()]
            person.wear("dark")
            told += [f"dark: {each}" for each in person.blemishes()]
            person.wear("light")
            tab.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
            if (wide := tab.evaluate(OVERFLOW)) > 0:
                told.append(f"{wide} pixels wider than a phone")
            tab.set_viewport_size({"width": 1280, "height": 900})
            found[route] = [f"{address}: {each}" for each in told]
        yield found, person.faults
        person.close()


def test_every_page_can_be_got_to_by_links(seen):
    assert set(ROUTES) - set(seen[0]) <= FETCHED | NOT_IN_THE_DAY


def test_nothing_keeps_anybody_from_using_a_page(seen):
    assert [each for told in seen[0].values() for each in told] == []


def test_nothing_goes_wrong_in_the_browser_and_nobody_else_is_asked(seen):
    assert seen[1] == []
