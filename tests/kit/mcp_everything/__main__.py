"""Serves everything on loopback, or over the process's own streams: `python -m tests.kit.mcp_everything --port N`."""

import argparse
import asyncio

import uvicorn
from mcp.server.stdio import stdio_server

from tests.kit.mcp_everything.events import KeptEvents
from tests.kit.mcp_everything.server import everything


async def _converse() -> None:
    server = everything()
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def main() -> None:
    """Serve until interrupted; without a port, whoever started the process is the one client."""
    parser = argparse.ArgumentParser(prog="mcp_everything")
    parser.add_argument("--port", type=int)
    port = parser.parse_args().port
    if port is None:
        asyncio.run(_converse())
        return
    app = everything().streamable_http_app(event_store=KeptEvents(), retry_interval=100)
    # The other parser leaves blanks at the ends of header values, which the protocol wants trimmed.
    uvicorn.run(app, host="127.0.0.1", port=port, http="h11", log_level="warning")


if __name__ == "__main__":
    main()
