"""Puts values into the message of a task."""

from collections.abc import Mapping
from typing import Any

from xop.adapters.a2a.settings import Rendered
from xop.kernel.templates import Template
from xop.ports.rendering import UnrenderableError, encode_request, render_text, render_value

LARGEST_PACKET = 65_536
"""Bytes of a message: context is minimised, not poured out."""


def render_task(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the bytes of a `Rendered`; raises UnrenderableError."""
    fields = template.fields
    text = render_text(fields["text"], data, "text") if "text" in fields else ""
    packet = render_value(fields["packet"], data, "packet") if "packet" in fields else {}
    if not isinstance(packet, dict):
        raise UnrenderableError("template", "`packet` is no map", "write `name: …` below it")
    return encode_request(Rendered(text, packet), LARGEST_PACKET)
