"""An outpost: a workspace with one tool of somebody else's MCP server, accepted as that server told it once."""

import json
from collections.abc import Mapping
from typing import Any

from xop.kernel.actions.operations import Operation, Operations, fingerprint
from xop.workspace.operations import operations_text

NOTE: dict[str, Any] = {
    "name": "note",
    "description": "Take a note.",
    "inputSchema": {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]},
}


def outpost_files(files: Mapping[str, bytes], url: str, action: str = "take_note") -> dict[str, bytes]:
    """Return a workspace's files with a connection `notes` to a server, its tool accepted, and an action bound to it."""
    connections = files["connections.yaml"].decode().rstrip()
    accepted = Operations("notes", tools={"note": Operation(fingerprint(NOTE), NOTE)})
    contract = {
        "name": action,
        "version": 1,
        "description": "Take a note about the customer.",
        "kind": "write",
        "purpose": "service",
        "input": NOTE["inputSchema"],
        "binding": {"connection": "notes", "request": {"tool": "note", "arguments": "{{arguments}}"}},
    }
    return {
        **files,
        "connections.yaml": f"{connections}\n  notes: {{adapter: mcp, settings: {{url: '{url}'}}}}\n".encode(),
        "operations/notes.yaml": operations_text(accepted).encode(),
        f"actions/{action}.yaml": json.dumps(contract).encode(),
    }
