"""MCP: AI agents see the actions granted to them as tools, and every call is judged before it is carried out."""
