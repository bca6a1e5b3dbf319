"""The patterns: every part that pages are made of, for whoever makes another page."""

from xop.faces.console.page import Act, Answer, Page, Shown
from xop.faces.console.visit import Visit


async def _patterns(visit: Visit) -> Answer:
    return Shown("patterns", {"now": visit.words.now})


PAGES = (Page(path="/patterns", title="Patterns", view=_patterns),)

ACTS: tuple[Act, ...] = ()
