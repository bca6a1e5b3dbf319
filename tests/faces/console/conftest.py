"""The lobby, for every test of the console."""

from collections.abc import AsyncIterator

import pytest

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
