"""The first page: whatever its reader does most."""

from xop.faces.console.page import Act, Answer, Moved, Page, Shown
from xop.faces.console.visit import Visit


async def _home(visit: Visit) -> Answer:
    """Go to the first page of the reader's menu."""
    for _section, entries in visit.desk.menu.of(visit.may, visit.place):
        return Moved(entries[0].address)
    return Shown("nothing")


PAGES = (Page(path="", title="Console", view=_home),)

ACTS: tuple[Act, ...] = ()
