"""Puts values into the call of a function."""

from collections.abc import Mapping
from typing import Any

from xop.adapters.python.settings import Request
from xop.kernel.templates import Template
from xop.ports.rendering import encode_request, render_text, render_value


def render_call(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the bytes of a `Request`; raises UnrenderableError."""
    fields = template.fields
    arguments = render_value(fields["arguments"], data, "arguments") if "arguments" in fields else {}
    return encode_request(Request(render_text(fields["call"], data, "call"), arguments))
