"""A server of everything: every tool, prompt and resource that the MCP conformance suite calls for, in both eras."""

from tests.kit.mcp_everything.server import everything

__all__ = ["everything"]
