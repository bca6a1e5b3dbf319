"""Puts values into the request to a simulated system."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.templates import Template
from xop.ports.rendering import encode_request, render_value


def render_any(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the request as JSON; raises UnrenderableError."""
    return encode_request(render_value(template, data, "request"))
