"""The layout: what stands around every page, as far as its reader may go."""

from typing import Any

from xop.faces.console.page import PREFIX, Page
from xop.faces.console.visit import Visit


def frame(visit: Visit, title: str, page: Page | None, *, live: bool = False) -> dict[str, Any]:
    """Return what the layout of a page is filled with."""
    desk, release = visit.desk, visit.desk.platform.engine.release
    address, within = (PREFIX + page.path, page.within) if page is not None else ("", "")
    return {
        "title": title,
        "visit": visit,
        "may": visit.may,
        "place": visit.place,
        "menu": desk.menu.of(visit.may, PREFIX + within if within else visit.place.partition("?")[0]),
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
