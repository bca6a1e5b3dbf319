"""Puts values into what a journey or a person is asked to carry out."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.templates import Template
from xop.ports.rendering import UnrenderableError, encode_request, render_value


def render_wish(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the wish as JSON; raises UnrenderableError, also where text is needed and the value is none."""
    wish = render_value(template, data, "request")
    for name in ("key", "question"):
        if name in wish and not isinstance(wish[name], str):
            wish = {**wish, name: _text(wish[name], name)}
    return encode_request(wish)


def _text(value: Any, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnrenderableError("template", f"`{name}` is no text", f"make `{name}` a text or number")
    return str(value)
