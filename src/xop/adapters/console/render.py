"""Puts values into a line of text."""

from collections.abc import Mapping
from typing import Any
from unicodedata import category

from xop.adapters.console.settings import Request
from xop.kernel.templates import Template
from xop.ports.rendering import encode_request, render_text

_INVISIBLE = {"Cc", "Zl", "Zp"}


def render_line(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the bytes of a `Request`; raises UnrenderableError."""
    text = render_text(template.fields["text"], data, "text")
    # A terminal obeys control characters, so that a value could rewrite what was printed before.
    shown = "".join(_escaped(character) if category(character) in _INVISIBLE else character for character in text)
    return encode_request(Request(shown))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
