"""Mounts: the faces beside the HTTP API in one server, for agents and for people in a browser."""

from pathlib import Path

from xop.faces.a2a import a2a_mount
from xop.faces.console import console_mount
from xop.faces.http.mount import Mount
from xop.faces.mcp.mounting import McpMount
from xop.faces.mcp.seal import sealing_key


def face_mounts(data: Path, url: str, agent: str = "") -> tuple[Mount, ...]:
    """Return MCP, A2A and the console for a server that listens at `url` and keeps its data in a folder; raises OSError.

    `agent` is who asks over MCP without signing in, for development; nobody when empty.
    """
    mcp = McpMount(sealing_key(data), agent)
    # The console answers for every path below its own that no page has, and so comes last.
    return (mcp, a2a_mount(data, url, step_up=mcp.step_up_link), console_mount(data, url))
