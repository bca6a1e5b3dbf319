"""Who may open which page and send which form: for every route and every set of rights, as the API's operations say."""

import re

import pytest

from tests.kit.lobby import Browser, lobby_files, open_lobby
from xop.faces.console.asking import operation
from xop.faces.console.page import PREFIX, Act, Page
from xop.faces.console.pages import ACTS, PAGES

Rights = frozenset[str]

_PARAMETER = re.compile(r"\{[^}]+\}")


def needed(part: Page | Act) -> Rights:
    """Return the scopes without which a page or a form is refused."""
    scopes = (operation(name).scope for name in part.asks)
    return frozenset(scope for scope in scopes if scope is not None)


_PARTS: tuple[Page | Act, ...] = (*PAGES, *ACTS)

EVERY = sorted({needed(part) for part in _PARTS} | {frozenset()}, key=sorted)
"""Every set of rights that some route asks for, and none at all."""


def operator(rights: Rights) -> str:
    """Return the name of the operator who has just these rights."""
    return "-".join(["with", *sorted(right.replace(":", ".") for right in rights)])


OPERATORS = "".join(
    f'  {operator(rights)}: {{actions: ["*"], scopes: [{", ".join(sorted(rights))}]}}\n' for rights in EVERY
)


@pytest.fixture(scope="module")
async def lobby(tmp_path_factory):
    """A console with an operator for every set of rights."""
    async with open_lobby(tmp_path_factory.mktemp("rights"), lobby_files(operators=OPERATORS)) as opened:
        yield opened


@pytest.fixture(scope="module")
async def guests(lobby):
    """Everybody, signed in."""
    return {rights: await lobby.guest(operator(rights)) for rights in EVERY}


def place(path: str) -> str:
    """Return an address of a route, of something that is not there."""
    return PREFIX + _PARAMETER.sub("nothing-of-the-kind", path)


def is_refused(answer) -> bool:
    """Say whether somebody has not the right to be there."""
    return answer.status_code == 403 and "scope-missing" in answer.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path or "/")
async def test_a_page_is_for_those_who_may_ask_what_it_shows(guests, page):
    for rights, guest in guests.items():
        answer = await guest.get(place(page.path))
        assert answer.status_code != 500
        assert is_refused(answer) is not (needed(page) <= rights), f"{page.path} for {sorted(rights)}"


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.path)
async def test_a_form_is_for_those_who_may_ask_what_it_does(lobby, guests, act):
    for rights, guest in guests.items():
        answer = await guest.post(place(act.path), form_token=await token(guest))
        assert answer.status_code != 500
        assert is_refused(answer) is not (needed(act) <= rights), f"{act.path} for {sorted(rights)}"
        if not await guest.is_signed_in():
            guests[rights] = await lobby.guest(operator(rights))


async def token(guest: Browser) -> str:
    """Return what forms of this browser's session carry."""
    return (await guest.hidden("/console/account", "/console/sign-out"))["form_token"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path or "/")
async def test_the_menu_leads_only_where_one_may_go(guests, page):
    for rights, guest in guests.items():
        menu = (await guest.get("/console/account")).text
        shown = f'href="{PREFIX}{page.path}"' in menu
        assert shown is bool(page.menu and needed(page) <= rights) or page.path in {"", "/account"}


async def test_nobody_gets_anywhere_without_signing_in(lobby):
    stranger = lobby.browser()
    for page in PAGES:
        answer = await stranger.get(place(page.path))
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, f"{PREFIX}/sign-in")
    for act in ACTS:
        answer = await stranger.post(place(act.path), form_token="made up")
        assert (answer.status_code, answer.headers.get("location")) == (303, f"{PREFIX}/sign-in"), act.path
