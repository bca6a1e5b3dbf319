"""The exchange, for every test of the MCP face."""

from collections.abc import AsyncIterator

import pytest

from tests.faces.mcp.exchange import Exchange, open_exchange


@pytest.fixture
async def exchange(tmp_path) -> AsyncIterator[Exchange]:
    """An exchange of its own that knows Ann, closed at the end."""
    async with open_exchange(tmp_path) as opened:
        await opened.tell("person.seen", mood="calm", hobby="chess", talk="talk-1")
        yield opened
