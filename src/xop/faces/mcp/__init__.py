"""MCP: AI agents see the actions granted to them as tools, and every call is judged before it is carried out."""

from xop.faces.mcp.guard import is_loopback
from xop.faces.mcp.mounting import mcp
from xop.faces.mcp.seal import sealing_key

__all__ = ["is_loopback", "mcp", "sealing_key"]
