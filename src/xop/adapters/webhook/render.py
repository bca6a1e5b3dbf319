"""Puts values into the event of a webhook."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.templates import Template
from xop.ports.rendering import encode_request, render_text, render_value

LARGEST_EVENT = 20_000
"""Bytes, as the specification asks."""


def render_event(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the body to post; raises UnrenderableError, also for more than `LARGEST_EVENT` bytes."""
    fields = template.fields
    event = {name: render_text(fields[name], data, name) for name in ("type", "timestamp") if name in fields}
    return encode_request({**event, "data": render_value(fields["data"], data, "data")}, LARGEST_EVENT)
