"""A mouse: it clicks at what is to be seen, and its owner types only into what was clicked."""

import re
from typing import Any

from playwright.sync_api import FilePayload, Locator, expect

from tests.kit.browser import Person
from tests.kit.console import PASSWORD
from tests.kit.hands import LEADS_TO, arrive, named, retype, watch

POINT = """async (element) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const measure = () => {
    for (const box of element.getClientRects()) {
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      const hit = document.elementFromPoint(x, y);
      if (element.contains(hit)) return {x, y, away: 0};
    }
    const box = element.getBoundingClientRect();
    return {x: (box.left + box.right) / 2, y: innerHeight / 2, away: (box.top + box.bottom - innerHeight) / 2};
  };
  const before = measure();
  await frame();
  await frame();
  const after = measure();
  return {...after, still: before.x === after.x && before.y === after.y && before.away === after.away};
}"""
"""Where a mouse can press an element, or how far the page has to be scrolled for it."""

CLICKED = """(() => {
  let clicked = null;
  addEventListener("pointerdown", (event) => (clicked = event.target), true);
  addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (!clicked || !(at === clicked || at.contains(clicked))) window.cheated(`key ${event.key} where nobody clicked`);
  }, true);
  addEventListener("input", (event) => {
    if (event.target.type !== "file" && event.target !== clicked) window.cheated("input where nobody clicked");
  }, true);
})()"""
"""Tells of a mouse's page where keys were pressed, or fields filled in, that were not clicked."""

MOST_TRIES = 100


class Mouse:
    """A person who clicks at what is to be seen, and types only into what was clicked."""

    def __init__(self, person: Person) -> None:
        self.person, self._page = person, person.page
        watch(person, CLICKED)

    def enter(self, operator: str) -> None:
        """Take up an invitation and choose a password."""
        self._page.goto(self.person.console.invitation(operator))
        self.write("Choose a password", PASSWORD)
        self.use("Sign in")
        expect(self._page.get_by_role("navigation", name="Main")).to_be_visible()

    def go(self, title: str) -> None:
        """Go to a page of the menu."""
        menu = self._page.get_by_role("navigation", name="Main")
        self.click(menu.get_by_role("link", name=named(title)))
        expect(self._page).to_have_title(re.compile(rf"^{title} "))

    def open(self, row: Locator) -> None:
        """Open the row of a list that has this link."""
        self.follow(row)

    def follow(self, link: Locator) -> None:
        """Follow this very link, wherever it stands on the page."""
        expect(link).to_be_visible()
        address = link.evaluate(LEADS_TO)
        self.click(link)
        arrive(self._page, address)

    def use(self, name: str, role: str = "button", within: str = "main") -> None:
        """Press the control of this name: a button, a link, a summary."""
        place = self._page.locator(within)
        kind: Any = role  # one of very many
        found = (
            place.locator("summary", has_text=name) if role == "summary" else place.get_by_role(kind, name=named(name))
        )
        self.follow(found.first)

    def write(self, label: str, text: str) -> None:
        """Write into the field of this label, in place of what stands there."""
        field = self._page.get_by_label(named(label)).first
        self.click(field, times=3)
        expect(field).to_be_focused()
        self._page.keyboard.type(text)
        expect(field).to_have_value(text)

    def edit(self, label: str, old: str, new: str) -> None:
        """Change a word of a long text, where it stands."""
        self.click(self._page.get_by_label(named(label)).first)
        retype(self._page, old, new)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list of choices, by how it begins."""
        field = self._page.get_by_label(named(label)).first
        self.click(field)
        self._page.keyboard.type(option)
        self._page.keyboard.press("Enter")
        expect(field.locator("option:checked")).to_have_text(named(option))

    def attach(self, label: str, file: FilePayload) -> None:
        """Choose a file."""
        with self._page.expect_file_chooser() as chosen:
            self.click(self._page.get_by_label(named(label)))
        chosen.value.set_files(file)

    def click(self, what: Locator, times: int = 1) -> None:
        """Move to something that is to be seen, turning the wheel as far as it takes, and click."""
        expect(what).to_be_visible()
        mouse = self._page.mouse
        for _ in range(MOST_TRIES):
            point = what.evaluate(POINT)
            mouse.move(point["x"], point["y"])
            if point["away"]:
                mouse.wheel(0, point["away"])
            elif point["still"]:
                mouse.click(point["x"], point["y"], click_count=times)
                return
        raise AssertionError(f"a mouse does not get at {what}")
