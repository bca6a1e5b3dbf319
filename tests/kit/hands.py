"""How somebody works a page: with a mouse that clicks where something is to be seen, or with a keyboard alone.

Both offer the same verbs, so that one job is written once and done in both ways. The browser itself tells on whoever
cheats: a pointer in a keyboard's page, text that no key typed, or keys where the mouse has not clicked.
"""

import re
from typing import Protocol

from playwright.sync_api import FilePayload, Locator, Page

from tests.kit.browser import Person

LEADS_TO = "(element) => element.tagName === 'A' && !element.hasAttribute('download') ? element.href : ''"
"""Where following an element leads to; empty for what is no link, or hands out a file."""


class Hands(Protocol):
    """What a person can do with a page."""

    person: Person

    def enter(self, operator: str) -> None:
        """Take up an invitation and choose a password."""

    def go(self, title: str) -> None:
        """Go to a page of the menu."""

    def open(self, row: Locator) -> None:
        """Open the row of a list that has this link."""

    def follow(self, link: Locator) -> None:
        """Follow this very link, wherever it stands on the page."""

    def use(self, name: str, role: str = "button", within: str = "main") -> None:
        """Press the control of this name: a button, a link, a summary."""

    def write(self, label: str, text: str) -> None:
        """Write into the field of this label, in place of what stands there."""

    def edit(self, label: str, old: str, new: str) -> None:
        """Change a word of a long text, where it stands."""

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list of choices, by how it begins."""

    def attach(self, label: str, file: FilePayload) -> None:
        """Choose a file."""


def named(name: str) -> re.Pattern[str]:
    """Return what matches a control's name, with what may stand behind it: its key, a mark."""
    return re.compile(rf"^{re.escape(name)}(?![\w])")


def arrive(page: Page, address: str) -> None:
    """Wait until the page is the one that was asked for, so that nothing more is done on the one before."""
    if address:
        page.wait_for_url(address)


def retype(page: Page, old: str, new: str) -> None:
    """Go to a word of the text in focus by the arrows, and type another over it."""
    field = page.locator("textarea:focus")
    text = field.input_value()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
    above, _, before = text.partition(old)[0].rpartition("\n")
    lines = above.count("\n") + 1 if above else 0
    keys = page.keyboard
    keys.press("Control+Home")
    for key in (*["ArrowDown"] * lines, "Home", *["ArrowRight"] * len(before), *["Shift+ArrowRight"] * len(old)):
        keys.press(key)
    keys.type(new)
    assert field.input_value() == text.replace(old, new)


def watch(person: Person, script: str) -> None:
    """Have the browser tell on this person from the next page on."""
    person.context.expose_binding("cheated", lambda _source, what: person.faults.append(f"cheated: {what}"))
    person.context.add_init_script(script)
