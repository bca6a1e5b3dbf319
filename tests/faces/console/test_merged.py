"""Whoever opens the page of a customer who was merged comes to the same page of the customer they are now."""

from urllib.parse import quote

import pytest

from tests.kit.harbour import OLGA, signal
from xop.kernel.commands import Merge

ANN, BOB = "email:ann@harbour.test", "email:bob@harbour.test"


@pytest.fixture
async def merged(lobby) -> tuple[str, str]:
    """The customer that is left, and the id of the one who was merged into them."""
    engine, ids = lobby.platform.engine, []
    for who in (ANN, BOB):
        told = await engine.submit(signal(who, "page.viewed", who, time=lobby.clock.now(), path="/a"))
        assert told.refusal is None
        ids.append(told.customer)
    joined = await engine.submit(Merge("merge-1", OLGA, ids[1], "same person"), ids[0])
    assert joined.refusal is None
    return ids[0], ids[1]


@pytest.mark.parametrize("rest", ["", "?kind=looks", "/consents", "/context?position=1"])
async def test_the_same_part_of_their_page_is_opened(lobby, merged, rest):
    kept, gone = merged
    guest = await lobby.guest()
    answer = await guest.get(f"/console/customers/{gone}{rest}")
    assert answer.headers["location"] == f"/console/customers/{quote(kept)}{rest}"
    assert (await guest.get(answer.headers["location"])).status_code == 200
