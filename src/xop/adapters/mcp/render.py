"""Puts values into a request of MCP, each as the JSON value it is."""

from collections.abc import Mapping
from typing import Any

from xop.adapters.mcp.settings import Rendered
from xop.kernel.templates import Template
from xop.ports.rendering import UnrenderableError, encode_request, render_text, render_value


def render_request(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the bytes of a `Rendered`; raises UnrenderableError."""
    fields = template.fields
    result = fields["result"].render({}) if "result" in fields else "structured"
    return encode_request(_rendered(fields, data, result))


def _rendered(fields: Mapping[str, Template], data: Mapping[str, Any], result: Any) -> Rendered:
    if "tool" in fields:
        params = {"name": fields["tool"].render({}), "arguments": _arguments(fields, data)}
        return Rendered("tools/call", params, result)
    if "prompt" in fields:
        arguments = {name: _text(value, name) for name, value in _arguments(fields, data).items()}
        return Rendered("prompts/get", {"name": fields["prompt"].render({}), "arguments": arguments}, result)
    if "resource" in fields:
        return Rendered("resources/read", {"uri": render_text(fields["resource"], data, "resource")}, result)
    complete: Any = render_value(fields["complete"], data, "complete")
    return Rendered("completion/complete", complete, result)


def _arguments(fields: Mapping[str, Template], data: Mapping[str, Any]) -> dict[str, Any]:
    if "arguments" not in fields:
        return {}
    arguments = render_value(fields["arguments"], data, "arguments")
    if not isinstance(arguments, dict):
        raise UnrenderableError("template", "`arguments` is no map", "write `name: …` below it, or `{{arguments}}`")
    return arguments


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise UnrenderableError("template", f"`arguments.{name}` of a prompt is no text", "make it a text")
    return value
