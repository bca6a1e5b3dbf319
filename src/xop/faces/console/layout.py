"""The layout: what stands around every page, as far as its reader may go."""

from typing import Any

from msgspec import Struct

from xop.faces.console.page import PREFIX, Page
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked

SECTIONS = marked(("Now", "Customers", "Work", "Rules", "Governance"))
"""The sections of the menu, in their order."""


class Entry(Struct, frozen=True):
    """One entry of the menu."""

    address: str
    title: str
    icon: str
    keys: str
    here: bool


class Menu:
    """The menu: every page that stands in it."""

    def __init__(self, pages: tuple[Page, ...]) -> None:
        self._pages = tuple(page for page in pages if page.menu)

    def of(self, visit: Visit, here: Page | None) -> list[tuple[str, list[Entry]]]:
        """Return the sections of the menu with what a reader may see."""
        sections: dict[str, list[Entry]] = {name: [] for name in SECTIONS}
        place = visit.place.partition("?")[0] + "/"
        for page in self._pages:
            if visit.may(*page.asks):
                section, _, icon = page.menu.partition("/")
                address = PREFIX + page.path
                within = page is here or place.startswith(f"{address}/")
                sections[section].append(Entry(address, page.title, icon, page.keys, within))
        return [(name, entries) for name, entries in sections.items() if entries]


def frame(visit: Visit, title: str, page: Page | None, *, live: bool = False) -> dict[str, Any]:
    """Return what the layout of a page is filled with."""
    desk, release = visit.desk, visit.desk.platform.engine.release
    address = PREFIX + page.path if page is not None else ""
    return {
        "title": title,
        "visit": visit,
        "may": visit.may,
        "place": visit.place,
        "menu": desk.menu.of(visit, page),
        "live": f"{visit.place}{'&' if '?' in visit.place else '?'}live" if page is not None and page.live else "",
        "address": address,
        "workspace": release.name,
        "release": release.digest,
        "purposes": sorted(release.purposes),
        "purpose": visit.session.purpose,
        "person": visit.session.operator,
        "roles": visit.caller.principal.roles,
        "form_token": visit.session.form_token,
        "theme": visit.session.theme,
        # A live part of the page that is left must not take what the next page is to say.
        "notices": [] if live else desk.notices.take(visit.session),
    }
