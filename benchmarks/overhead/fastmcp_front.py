"""A FastMCP proxy with one shared, connected client: its fastest setting. Run by the Python that FastMCP is installed for.

python benchmarks/overhead/fastmcp_front.py PORT UPSTREAM MODE
"""

import asyncio
import sys

from fastmcp import Client
from fastmcp.server.providers.proxy import FastMCPProxy


async def _serve(port: int, upstream: str, mode: str) -> None:
    # Whatever it makes by itself for each call costs it ten times the time; see its `create_proxy`.
    async with Client(upstream, mode=mode) as client:
        proxy = FastMCPProxy(client_factory=lambda: client, name="proxy")
        await proxy.run_http_async(
            show_banner=False, host="127.0.0.1", port=port, path="/mcp", log_level="error", json_response=True
        )


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
