"""Definitions of the tools: their schemas and what is said of them."""

from typing import Any

import mcp_types as types

from tests.kit.mcp_everything.tools import TOOLS

CHANGES = ("test_trigger_tool_change", "test_trigger_prompt_change")
"""Tools that make the server say that one of its lists has changed."""

_EMPTY: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}

_SCHEMAS: dict[str, dict[str, Any]] = {
    "test_sampling": {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]},
    "test_elicitation": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]},
    "test_x_mcp_header": {
        "type": "object",
        "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
    },
    "json_schema_2020_12_tool": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    },
}


def defined(name: str) -> types.Tool:
    """Return the definition of a tool."""
    words = name.removeprefix("test_").replace("_", " ")
    return types.Tool(name=name, description=f"Fixture: {words}.", input_schema=_SCHEMAS.get(name, _EMPTY))


TOOL_LIST = tuple(defined(name) for name in sorted((*TOOLS, *CHANGES)))
"""Every tool's definition."""

INPUT_SCHEMAS = {tool.name: tool.input_schema for tool in TOOL_LIST}
"""Every tool's input schema, by name."""
