"""The lobby, for every test of the console; and a server on which customers came to a journey, for those of the rules."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.kit.console import Visitor
from tests.kit.crossings import Crossings, crossing
from tests.kit.lobby import PUBLIC, Lobby, lobby_files, open_lobby


@pytest.fixture
async def lobby(tmp_path) -> AsyncIterator[Lobby]:
    """A console that people reach on this machine alone."""
    async with open_lobby(tmp_path) as opened:
        yield opened


@pytest.fixture
async def public(tmp_path) -> AsyncIterator[Lobby]:
    """A console that people reach at an address of its own, over https."""
    async with open_lobby(tmp_path, lobby_files(address=PUBLIC), PUBLIC) as opened:
        yield opened


@pytest.fixture(scope="module")
def crossings(tmp_path_factory) -> Iterator[Crossings]:
    """A server on which customers came to a journey, with rules under which was decided."""
    with crossing(tmp_path_factory.mktemp("crossings")) as made:
        yield made


@pytest.fixture(scope="module")
def dora(crossings) -> Iterator[Visitor]:
    """The designer of journeys, who answers for the rules."""
    with crossings.console.visited("dora") as visitor:
        yield visitor
