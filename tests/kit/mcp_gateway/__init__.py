"""A transparent gateway: a workspace that lets one agent do all that an MCP server offers, and passes everything on."""

from tests.kit.mcp_gateway.gateway import CUSTOMER, Gateway, gateway_files, open_gateway

__all__ = ["CUSTOMER", "Gateway", "gateway_files", "open_gateway"]
