"""The menu: the pages that stand in it, as far as a reader may go."""

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from xop.faces.console.words import marked

SECTIONS = marked(("Now", "Customers", "Work", "Rules", "Governance"))
"""The sections of the menu, in their order."""


class Entry(Struct, frozen=True):
    """One entry of the menu."""

    section: str
    icon: str
    address: str
    title: str
    keys: str
    asks: tuple[str, ...]
    """Operations of the API without which it is not shown."""
    here: bool = False
    """Whether the page that is looked at is this one, or one below it."""


class Menu:
    """Every entry of the menu."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)

    def of(self, may: Callable[..., bool], place: str) -> list[tuple[str, list[Entry]]]:
        """Return the sections of the menu with what a reader may see, who looks at an address or at what is below it."""
        sections: dict[str, list[Entry]] = {name: [] for name in SECTIONS}
        for entry in self._entries:
            if may(*entry.asks):
                sections[entry.section].append(replace(entry, here=f"{place}/".startswith(f"{entry.address}/")))
        return [(name, entries) for name, entries in sections.items() if entries]
