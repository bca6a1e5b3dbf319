"""Calls of MCP servers: tools, resources, prompts and completions, pinned to the definitions a person accepted."""

from xop.adapters.mcp.kind import McpKind

__all__ = ["McpKind"]
