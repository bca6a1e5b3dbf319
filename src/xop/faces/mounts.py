"""Mounts: the faces for agents, beside the HTTP API in one server."""

from pathlib import Path

from xop.faces.a2a import a2a_mount
from xop.faces.http.mount import Mount
from xop.faces.mcp.mounting import McpMount
from xop.faces.mcp.seal import sealing_key


def agent_mounts(data: Path, url: str, agent: str = "") -> tuple[Mount, ...]:
    """Return MCP and A2A for a server that listens at `url` and keeps its data in a folder; raises OSError.

    `agent` is who asks over MCP without signing in, for development; nobody when empty.
    """
    mcp = McpMount(sealing_key(data), agent)
    return (mcp, a2a_mount(data, url, step_up=mcp.step_up_link))
