"""The mount: the console beside the HTTP API in one server."""

from collections.abc import Mapping
from pathlib import Path

from starlette.types import ASGIApp

from xop.faces.console.desk import Desk
from xop.faces.console.endpoint import Endpoint
from xop.faces.console.files import Files
from xop.faces.console.menu import Entry, Menu
from xop.faces.console.notices import Notices
from xop.faces.console.page import PREFIX, Page
from xop.faces.console.pages import ACTS, PAGES
from xop.faces.console.rendering import Rendering
from xop.faces.console.sign_in.doorkeeper import Doorkeeper
from xop.faces.console.sign_in.doors import doors
from xop.faces.console.sign_in.terms import Terms
from xop.faces.http.app import openapi_document
from xop.faces.http.mount import Ground, Mount
from xop.faces.http.operation import Face
from xop.faces.languages import CATALOGUES, OWN, Languages


def console_mount(folder: Path, url: str) -> Mount:
    """Return the console of a server that listens at `url` and keeps its data in a folder; mounting raises OSError."""

    def mount(ground: Ground) -> Mapping[str, ASGIApp]:
        languages = Languages(folder / OWN, CATALOGUES)
        face = Face(
            ground.platform,
            ground.meters,
            openapi_document,
            ground.closing,
            ground.sign_in,
            speeches=languages.speech,
        )
        doorkeeper = Doorkeeper.opened(folder, ground.platform.runtime.clock)
        terms = Terms(url, ground.platform.secrets, ground.platform.runtime)
        menu = Menu(_entry(page) for page in PAGES if page.menu)
        desk = Desk(face, doorkeeper, terms, Notices(), Rendering(), menu, languages)
        served: dict[str, ASGIApp] = {f"{PREFIX}/static/{{name}}": Files(), **doors(desk)}
        pages = {page.path: page for page in PAGES}
        acts = {act.path: act for act in ACTS}
        for path in {**pages, **acts}:
            served[PREFIX + path] = Endpoint(desk, pages.get(path), acts.get(path), PREFIX + path)
        nowhere = f"{PREFIX}/{{rest:path}}"
        served[nowhere] = Endpoint(desk, route=nowhere)
        return served

    return mount


def _entry(page: Page) -> Entry:
    section, _, icon = page.menu.partition("/")
    return Entry(section, icon, PREFIX + page.path, page.title, page.keys, page.asks)
