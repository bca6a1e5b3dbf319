"""A keyboard without a mouse beside it: what cannot be reached by Tab, arrows and letters is not reached."""

import re

from playwright.sync_api import FilePayload, Locator, expect

from tests.kit.browser import Person
from tests.kit.console import PASSWORD
from tests.kit.hands import LEADS_TO, arrive, named, retype, watch

FOCUS = """async () => {
  const lined = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const look = (at) => {
    const rect = at instanceof SVGElement ? at.querySelector("rect, polygon, circle") : null;
    const outlined = lined(getComputedStyle(at)) || lined(getComputedStyle(at.parentElement))
      || (rect !== null && parseFloat(getComputedStyle(rect).strokeWidth) >= 2)
      || (/^(date|time)/.test(at.type) && !at.matches(":focus"));  // the button within it, which the browser outlines
    const seen = [...at.getClientRects()].some((box) => {
      const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
      const [right, bottom] = [Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight)];
      if (right - left < 1 || bottom - top < 1) return false;
      return at.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
    });
    return {lost: false, outlined, seen, html: at.outerHTML.slice(0, 160)};
  };
  for (let frames = 60; ; frames -= 1) {
    const at = document.activeElement;
    const found = !at || at === document.body ? {lost: true} : look(at);
    if (found.lost || (found.outlined && found.seen) || !frames) return found;
    await new Promise((done) => requestAnimationFrame(done));  // the window may still be scrolling there
  }
}"""
"""Whether the focus is to be seen: inside the window, under nothing, and with a line around it."""

ROWS_AWAY = """(element) => {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  return at < 0 ? -1 : Math.abs(rows.findIndex((row) => row.contains(element)) - at);
}"""
"""How many rows the focus is away from an element's row."""

ALONE = """(() => {
  let down = 0;
  const tell = (what, event) => window.cheated(`${what}: ${event.target.outerHTML?.slice(0, 120)}`);
  for (const kind of ["pointerdown", "wheel"]) addEventListener(kind, (event) => tell(kind, event), true);
  addEventListener("keydown", () => (down += 1), true);
  addEventListener("keyup", () => setTimeout(() => (down = 0)), true);
  addEventListener("input", (event) => {
    if (!down && event.target.type !== "file") tell("input without a key", event);
  }, true);
})()"""
"""Tells of a keyboard's page where anything else was at work."""

MOST_TABS = 250


class Keys:
    """A person without a mouse, who sees at every step where the focus is."""

    def __init__(self, person: Person) -> None:
        self.person, self._page = person, person.page
        self._session = person.context.new_cdp_session(person.page)
        watch(person, ALONE)

    def enter(self, operator: str) -> None:
        """Take up an invitation and choose a password."""
        self._page.goto(self.person.console.invitation(operator))
        self.write("Choose a password", PASSWORD)
        self.press("Enter")
        expect(self._page.get_by_role("navigation", name="Main")).to_be_visible()

    def go(self, title: str) -> None:
        """Go to a page of the menu by the letters that stand beside it."""
        menu = self._page.get_by_role("navigation", name="Main")
        letters = menu.get_by_role("link", name=named(title)).locator("kbd")
        if not letters.count():
            self.use(title, "link", ".menu")
        for letter in " ".join(letters.all_inner_texts()).split():
            self.press(letter)
        expect(self._page).to_have_title(re.compile(rf"^{title} "))

    def open(self, row: Locator) -> None:
        """Open the row of a list that has this link."""
        self.walk_to(row)
        self._enter()

    def walk_to(self, row: Locator) -> None:
        """Press j, then k, until the focus is in the row that has this link."""
        expect(row).to_be_visible()
        for key in ("j", "k"):
            at, before = self._place(row), -2
            while at not in (0, before):
                before = at
                self.press(key)
                self._require_visible()
                at = self._place(row)
            if at == 0:
                return
        raise AssertionError(f"neither j nor k leads to {row}")

    def follow(self, link: Locator) -> None:
        """Follow this very link, wherever it stands on the page."""
        expect(link).to_be_visible()
        for _ in range(MOST_TABS):
            if link.evaluate("element => element === document.activeElement"):
                self._enter()
                return
            self.press("Tab")
            self._require_visible()
        raise AssertionError(f"Tab does not lead to {link}")

    def use(self, name: str, role: str = "button", within: str = "main") -> None:
        """Press the control of this name: a button, a link, a summary."""
        self.tab_to(name, ("DisclosureTriangle" if role == "summary" else role,), within)
        self._enter()

    def write(self, label: str, text: str) -> None:
        """Write into the field of this label, in place of what stands there."""
        self.tab_to(label, ("textbox", "searchbox", "spinbutton"))
        self.press("Control+a")
        self.type(text)

    def edit(self, label: str, old: str, new: str) -> None:
        """Change a word of a long text, where it stands."""
        self.tab_to(label, ("textbox",))
        retype(self._page, old, new)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list of choices, by how it begins."""
        self.tab_to(label, ("combobox",))
        self.type(option)
        chosen = self._page.locator("select:focus option:checked")
        expect(chosen).to_have_text(named(option))

    def attach(self, label: str, file: FilePayload) -> None:
        """Choose a file."""
        with self._page.expect_file_chooser() as chosen:
            self.tab_to(label, ("button",))
            self.press("Enter")
        chosen.value.set_files(file)

    def press(self, key: str) -> None:
        """Press a key."""
        self._page.keyboard.press(key)

    def look(self) -> None:
        """See where the focus is."""
        assert not self._page.evaluate(FOCUS)["lost"], "the focus is lost"
        self._require_visible()

    def type(self, text: str) -> None:
        """Type a text into what is in focus."""
        for letter in text:
            self.press("Enter" if letter == "\n" else letter)

    def tab_to(self, name: str, roles: tuple[str, ...] = (), within: str = "main") -> None:
        """Press Tab until something of this name is in focus; once around the page, and no further."""
        wanted, met = named(name), []
        for _ in range(MOST_TABS):
            role, found = self._focused()
            if wanted.match(found) and (not roles or role in roles) and self._inside(within):
                return
            met.append(f"{role} {found!r}")
            self.press("Tab")
            self._require_visible()
        raise AssertionError(
            f"Tab does not lead to {name!r}, a {' or '.join(roles)}, only to {', '.join(dict.fromkeys(met))}"
        )

    def _enter(self) -> None:
        """Press Enter on what is in focus; where that is a link, be where it leads to."""
        address = self._page.locator(":focus").evaluate(LEADS_TO)
        self.press("Enter")
        arrive(self._page, address)

    def _focused(self) -> tuple[str, str]:
        """Return the role and the name of what is in focus, as a screen reader has them."""
        self._page.wait_for_load_state("load")
        at = self._session.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]
        asked = {"objectId": at.get("objectId", ""), "fetchRelatives": False}
        node = self._session.send("Accessibility.getPartialAXTree", asked)["nodes"][0]
        return node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "").strip()

    def _place(self, row: Locator) -> int:
        """Return how many rows away from a row the focus is; -1 when it is in none."""
        return int(row.evaluate(ROWS_AWAY))

    def _inside(self, within: str) -> bool:
        return bool(self._page.evaluate("place => document.activeElement.closest(place) !== null", within))

    def _require_visible(self) -> None:
        """See where the focus is, unless it went out of the page and round to its beginning."""
        found = self._page.evaluate(FOCUS)
        assert found["lost"] or (found["outlined"] and found["seen"]), f"the focus is not to be seen: {found}"
