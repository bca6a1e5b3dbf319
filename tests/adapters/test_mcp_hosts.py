"""Addresses written in figures, of which no name server hears: they lead into no internal network either."""

import pytest

from tests.adapters.mcp_server import NO_SECRETS, mcp_server
from xop.adapters.mcp.call import Call
from xop.adapters.mcp.exchange import Exchange
from xop.adapters.mcp.failures import UnsentError
from xop.adapters.mcp.settings import Settings
from xop.adapters.mcp.trip import Trip
from xop.adapters.mcp.upstream import Upstream


@pytest.mark.parametrize("host", ["10.0.0.7", "169.254.169.254", "[fd00::1]"])
async def test_an_internal_address_is_not_called_unless_the_workspace_says_that_it_is_internal(host):
    upstream = Upstream(Settings(url=f"http://{host}/mcp"), NO_SECRETS.get, 2)
    with pytest.raises(UnsentError, match="internal network: where that is meant"):
        await upstream.call(Call("tools/list"))
    await upstream.close()


async def test_a_public_server_leads_nobody_to_this_machine():
    async with mcp_server() as server:
        exchange = Exchange(Settings(url="https://mcp.example.com/mcp"), 2)
        with pytest.raises(UnsentError, match="internal network"):
            async with exchange.request("GET", server.url, None, {}, Trip()):
                pass
        await exchange.close()
        assert (server.arrived, server.lists) == ([], 0)
