"""Pages full of what somebody outside wrote, as a browser reads them: nothing of it runs, and nothing of it is an element."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from tests.kit.aviary import aviary
from tests.kit.browser import Person
from tests.kit.console import Console
from tests.kit.sowing import sow
from tests.kit.walk import Seen, walked

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NOTES = "/console/connections/notes"

READ = """
([texts, found]) => texts.map(([address, text]) => {
  const strange = (each) => found.test(each.localName) || [...each.attributes].some(({name, value}) =>
    found.test(name) || name.startsWith("on") || name === "srcdoc" ||
    (["href", "src", "action", "formaction", "xlink:href"].includes(name) && !/^(data:image|[/?#]|$)/.test(value)));
  const scripts = (each) => ["script", "style", "iframe", "object", "embed", "base", "template"].includes(each.localName);
  const page = typeof text === "string" ? new DOMParser().parseFromString(text, "text/html") : document;
  const all = [...page.querySelectorAll("*")];
  const told = all.filter((each) => strange(each) || (scripts(each) && found.test(each.outerHTML)));
  return [address, all.length, told.map((each) => each.outerHTML.slice(0, 200))];
})
"""

DANGEROUS = (
    "/approvals/{invocation}",
    "/approvals/tasks/{invocation}",
    "/handovers/{handover}",
    "/customers/{customer}",
    "/decisions/{decision}",
    "/incidents/{incident}",
    "/agents/{agent}",
    "/workspace/changes",
)


class Sown(NamedTuple):
    """A server on which everything is sown, and the pages that somebody may see of it."""

    console: Console
    pages: dict[str, Seen]


@pytest.fixture(scope="module")
def sown(tmp_path_factory) -> Iterator[Sown]:
    """Every field with its canary."""
    with aviary(tmp_path_factory.mktemp("aviary")) as (console, sower):
        sow(sower)
        visitor = console.visitor("mira")
        yield Sown(console, walked(visitor, fewer=3))
        visitor.client.close()


@pytest.fixture
def mira(sown, browser) -> Iterator[Person]:
    """Somebody who sees everything, with whatever was run in their browser noted."""
    person = Person(browser, sown.console)
    person.page.on("dialog", lambda dialog: person.faults.append(f"a dialog says {dialog.message}"))
    person.sign_in("mira")
    yield person
    person.close()


def test_a_browser_finds_no_element_of_somebody_elses_on_any_page(sown, mira):
    texts = [[address, each.answer.text] for address, each in sown.pages.items() if each.is_page and each.answer.text]
    read = mira.page.evaluate(f"(texts) => ({READ})([texts, /qz[0-9]{{4}}z/i])", texts)
    assert len(read) == len(texts) > len(DANGEROUS)
    assert all(elements > 50 for _, elements, _ in read)
    assert [(address, strange) for address, _, strange in read if strange] == []


def test_nothing_of_it_runs_on_the_pages_that_show_most(sown, mira):
    for route in DANGEROUS:
        told = max((each for each in sown.pages.values() if each.route == route), key=lambda each: len(each.shown))
        assert told.shown
        mira.page.goto(told.address)
        expect(mira.page.get_by_text("qz").first).to_be_attached()
        require_only_text(mira)
    mira.page.goto(NOTES)
    mira.page.get_by_role("button", name="Ask what it offers now").click()
    expect(mira.page.get_by_text("It holds characters that cannot be seen").first).to_be_visible()
    require_only_text(mira)
    assert mira.faults == []


def require_only_text(person: Person) -> None:
    """Let pass a page whose elements are its own."""
    ((_, _, strange),) = person.page.evaluate(f"() => ({READ})([[['', null]], /qz[0-9]{{4}}z/i])")
    assert strange == []
    assert "XOP" in person.page.content()
    assert "·" in person.page.title()
