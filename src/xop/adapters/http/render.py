"""Puts values into an HTTP request so that none can change what the request is."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode

from xop.adapters.http.settings import Rendered
from xop.kernel.templates import Template, as_text
from xop.ports.rendering import UnrenderableError, encode_request, render_text, render_value, require_line

_PATH_MARKS = "/%:@!$&'()*+,;=~"
"""Characters that a written path may hold as they are."""


def render_request(template: Template, data: Mapping[str, Any]) -> bytes:
    """Return the bytes of a `Rendered`; raises UnrenderableError."""
    fields = template.fields
    headers = {
        name: _header(render_text(value, data, f"headers.{name}"), name)
        for name, value in _fields_of(fields, "headers").items()
    }
    body, media_type = _body(fields, data)
    if media_type and "content-type" not in map(str.lower, headers):
        headers["Content-Type"] = media_type
    return encode_request(
        Rendered(
            method=fields["method"].render({}),
            path=_path(fields["path"], data),
            query=_pairs(_fields_of(fields, "query"), data, "query"),
            headers=headers,
            body=body,
            success=tuple(fields["success"].render({})) if "success" in fields else (),
            output=fields["output"].render({}) if "output" in fields else "",
        )
    )


def _fields_of(fields: Mapping[str, Template], name: str) -> Mapping[str, Template]:
    return fields[name].fields if name in fields else {}


def _path(template: Template, data: Mapping[str, Any]) -> str:
    path = quote(render_text(template, data, "path", _segment), safe=_PATH_MARKS)
    # A dot segment would be resolved away on the road, so that the request would reach another path.
    if any(unquote(segment) in (".", "..") for segment in path.split("/")):
        raise UnrenderableError("template", "`path` would hold `.` or `..` as a segment", "put an identifier there")
    return path


def _segment(value: str) -> str:
    if not value:
        raise UnrenderableError("template", "a value in `path` is empty", "put only required values into `path`")
    return quote(value, safe="")


def _header(value: str, name: str) -> str:
    if not value.isascii():
        raise UnrenderableError(
            "template", f"`headers.{name}` holds characters beyond ASCII", "put such text into the body or the query"
        )
    return require_line(value, f"headers.{name}").strip()


def _body(fields: Mapping[str, Template], data: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the body and its media type."""
    if "body" in fields:
        return encode_request(render_value(fields["body"], data, "body")).decode(), "application/json"
    if "form" in fields:
        return _pairs(fields["form"].fields, data, "form"), "application/x-www-form-urlencoded"
    if "text" in fields:
        return render_text(fields["text"], data, "text"), "text/plain; charset=utf-8"
    return None, ""


def _pairs(templates: Mapping[str, Template], data: Mapping[str, Any], place: str) -> str:
    pairs = [
        (name, text)
        for name, template in templates.items()
        for text in _texts(render_value(template, data, f"{place}.{name}"), f"{place}.{name}")
    ]
    return urlencode(pairs, errors="replace")


def _texts(value: Any, name: str) -> Iterator[str]:
    if value is None:
        return
    for part in value if isinstance(value, list) else [value]:
        text = as_text(part)
        if text is None:
            raise UnrenderableError(
                "template", f"`{name}` is a map or a nested list", f"make `{name}` text or a number"
            )
        yield text
