"""Puts values into an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xop.kernel.templates import Template
from xop.ports.rendering import UnrenderableError, encode_request, render_text, render_value

LARGEST_EVENT = 20_000
"""Bytes."""


def render_event(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return an event as it is stored; raises UnrenderableError, also for more than `LARGEST_EVENT` bytes."""
    fields = template.fields
    event = {name: render_text(fields[name], data, name) for name in ("event", "subject")}
    if not event["subject"]:
        raise UnrenderableError("template", "`subject` is empty", "say whom the event is about: {{customer.id}}")
    if "timestamp" in fields:
        event["timestamp"] = _moment(render_text(fields["timestamp"], data, "timestamp"))
    return encode_request({**event, "data": render_value(fields["data"], data, "data")}, LARGEST_EVENT)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = None
    if text and (moment is None or moment.tzinfo is None):
        raise UnrenderableError("template", "`timestamp` is no RFC 3339 time", "write it as 2027-01-31T12:00:00Z")
    return text
