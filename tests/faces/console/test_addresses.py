"""Addresses as nobody was meant to write them: they lead to a page or to a problem that says what to do, never to a fault."""

import pytest

from tests.kit.lobby import lobby_files, open_lobby
from xop.faces.console.pages import PAGES

PLAIN = [page.path for page in PAGES if "{" not in page.path]


@pytest.fixture(scope="module")
async def guest(tmp_path_factory):
    """Somebody west of Greenwich, where the first day of all calendars has not begun."""
    folder = tmp_path_factory.mktemp("addresses")
    async with open_lobby(folder, lobby_files(operators="  wes: {roles: [supervisor]}\n")) as lobby:
        visitor = await lobby.guest("wes")
        await visitor.send("/console/account", "/console/account", zone="America/New_York")
        yield visitor


@pytest.mark.parametrize("path", PLAIN)
async def test_where_live_parts_come_from_is_a_page_too_for_whoever_opens_it(guest, path):
    whole, live = await guest.get(f"/console{path}"), await guest.get(f"/console{path}?live")
    assert live.status_code == whole.status_code
    assert live.status_code < 500


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999999d", "99999999999d", "NaN"])
@pytest.mark.parametrize("name", ["since", "until"])
async def test_decisions_of_the_end_of_all_calendars_are_looked_for_in_vain(guest, name, moment):
    answer = await guest.get(f"/console/decisions?{name}={moment}")
    assert answer.status_code in {200, 400, 422}
