"""Steps that adapters share when they put values into a request."""

from collections.abc import Mapping
from typing import Any
from unicodedata import category

import msgspec

from xop.kernel.base.json import canonical
from xop.kernel.base.values import Refusal
from xop.kernel.conditions import Fault
from xop.kernel.templates import Escape, Template, as_text

LARGEST_REQUEST = 1_048_576
"""Bytes of a rendered request, unless the protocol allows less."""


_BREAKING = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories that have no place in one line: controls, surrogates, line and paragraph separators."""


class UnrenderableError(Exception):
    """A request that cannot be rendered; adapters catch it and return its refusal."""

    def __init__(self, code: str, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.refusal = Refusal(code, cause, remedy)


def render_value(template: Template, data: Mapping[str, Any], name: str, escape: Escape | None = None) -> Any:
    """Return the value of the field `name`; raises UnrenderableError where a placeholder has no value."""
    value = template.render(data, escape)
    if isinstance(value, Fault):
        raise UnrenderableError("template", f"`{name}`: {value.cause}", f"correct the template of `{name}` or the data")
    return value


def render_text(template: Template, data: Mapping[str, Any], name: str, escape: Escape | None = None) -> str:
    """Return the field `name` as text; raises UnrenderableError also for a list, a map or null."""
    text = as_text(render_value(template, data, name, escape))
    if text is None:
        raise UnrenderableError("template", f"`{name}` is a list, a map or null", f"make `{name}` a text or number")
    return text


def require_line(text: str, name: str) -> str:
    """Return a text that is one printable line; raises UnrenderableError for a control character or line break."""
    if any(category(character) in _BREAKING for character in text):
        raise UnrenderableError(
            "template", f"`{name}` holds a line break or control character", f"put a single line into `{name}`"
        )
    return text


def encode_request(request: Any, largest: int = LARGEST_REQUEST) -> bytes:
    """Return canonical JSON of at most `largest` bytes; raises UnrenderableError for more, or for what is no JSON."""
    try:
        encoded = canonical(request)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise UnrenderableError(
            "template", f"the request cannot be written as JSON: {type(error).__name__}", "use JSON values only"
        ) from error
    if len(encoded) > largest:
        raise UnrenderableError(
            "too-large", f"the request has {len(encoded)} bytes, more than {largest}", "send less, or send a link"
        )
    return encoded
