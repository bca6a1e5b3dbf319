"""Puts values into a mail so that none can add a recipient, a header or markup."""

import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from xop.adapters.smtp.address import mail_address
from xop.adapters.smtp.settings import Rendered
from xop.kernel.templates import Template
from xop.ports.rendering import UnrenderableError, encode_request, render_text, require_line

_LONGEST_LINE = 900
"""Characters; a line of a mail has at most 998, and List-Unsubscribe is not folded."""


def render_message(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the bytes of a `Rendered`; raises UnrenderableError."""
    fields = template.fields
    headers = fields["headers"].fields if "headers" in fields else {}
    return encode_request(
        Rendered(
            to=_recipient(fields, data),
            subject=_line(fields["subject"], data, "subject"),
            text=render_text(fields["text"], data, "text"),
            html=render_text(fields["html"], data, "html", html.escape) if "html" in fields else "",
            headers={name: _header(name, value, data) for name, value in headers.items()},
            unsubscribe_url=_unsubscribe_url(fields, data),
        )
    )


def _line(template: Template, data: Mapping[str, Any], name: str) -> str:
    line = require_line(render_text(template, data, name), name)
    if len(line) > _LONGEST_LINE:
        raise UnrenderableError("template", f"`{name}` has more than {_LONGEST_LINE} characters", "write it shorter")
    return line


def _header(name: str, template: Template, data: Mapping[str, Any]) -> str:
    line = _line(template, data, f"headers.{name}")
    if name.lower() == "reply-to" and mail_address(line) != line:
        raise UnrenderableError("address", f"`headers.{name}` is not one plain address", "write hello@example.com")
    return line


def _recipient(fields: Mapping[str, Template], data: Mapping[str, Any]) -> str:
    written = render_text(fields["to"], data, "to") if "to" in fields else data.get("address")
    address = mail_address(written) if isinstance(written, str) else None
    if address is None:
        raise UnrenderableError(
            "address", "`to` is not one mail address", "give one address such as ana@example.com, ASCII before the @"
        )
    return address


def _unsubscribe_url(fields: Mapping[str, Template], data: Mapping[str, Any]) -> str:
    if "unsubscribe_url" not in fields:
        return ""
    url = render_text(fields["unsubscribe_url"], data, "unsubscribe_url", _encoded)
    if len(url) > _LONGEST_LINE:
        raise UnrenderableError(
            "template", f"`unsubscribe_url` has more than {_LONGEST_LINE} characters", "use a shorter token"
        )
    return url


def _encoded(value: str) -> str:
    return quote(value, safe="", errors="replace")
