"""The bakery, for every test of the HTTP API."""

from collections.abc import AsyncIterator

import pytest

from tests.faces.http.bakery import Bakery, open_bakery, serve_bakery


@pytest.fixture
async def bakery(tmp_path) -> AsyncIterator[Bakery]:
    """A bakery of its own, closed at the end."""
    async with open_bakery(tmp_path) as opened:
        yield opened


@pytest.fixture
async def server(tmp_path) -> AsyncIterator[Bakery]:
    """A bakery behind a real server."""
    async with serve_bakery(tmp_path) as opened:
        yield opened
