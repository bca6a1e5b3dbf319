"""Checks what a workspace writes for an HTTP API and opens connections to it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from xop.adapters.http.adapter import HttpAdapter
from xop.adapters.http.settings import SAFE_METHODS, Key, Request, Settings
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.kernel.templates import literal_of
from xop.ports.adapter import Secrets
from xop.ports.secret import REFERENCE_REMEDY, names_secret, without_secrets
from xop.ports.settings import read_written, settings_of

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_TRANSPORT = {
    "connection",
    "content-length",
    "host",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "accept-encoding",
}
_CREDENTIALS = {"authorization", "cookie", "proxy-authorization"}
_CREDENTIAL_WORDS = re.compile(r"(api-?key|token|secret|password|credential)", re.IGNORECASE)


class HttpKind:
    """The kind `http`."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with the settings."""
        settings = read_written(Settings, connection.settings, "settings")
        if isinstance(settings, list):
            return settings
        names = [settings.idempotency_header] if settings.idempotency_header else []
        names += [settings.auth.name] if isinstance(settings.auth, Key) else []
        return [
            *_url_mistakes(settings.base_url),
            *_name_mistakes([*names, *settings.headers], "settings"),
            *_setting_header_mistakes(settings.headers),
        ]

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with a request template."""
        written = read_written(Request, request, "request")
        if isinstance(written, list):
            return written
        return [
            *_path_mistakes(written.path),
            *_body_mistakes(written.method, [name for name in ("body", "form", "text") if name in request]),
            *_name_mistakes(list(written.headers), "request"),
            *_request_header_mistakes(written.headers),
            *_literal_mistakes(written),
        ]

    def open(self, connection: Connection, secrets: Secrets) -> HttpAdapter:
        """Return an adapter; raises ValueError for settings that did not pass the check."""
        return HttpAdapter(settings_of(Settings, connection), secrets, connection.concurrency)


def _url_mistakes(url: str) -> Iterator[Refusal]:
    remedy = "write https://, the host and perhaps a path, such as `https://api.example.com/v1`"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, usable = None, False
    if not usable or parts is None or re.search(r"[^\x21-\x7e]|[\\{}]", url):
        yield Refusal("settings", "`settings.base_url` is not an http or https address", remedy)
        return
    if parts.username is not None or parts.password is not None:
        yield Refusal("secret", "`settings.base_url` holds credentials", "write them as `auth`, with `${env:NAME}`")
    if "?" in url or "#" in url:
        yield Refusal("settings", "`settings.base_url` holds a query or fragment", "move the query into the requests")


def _name_mistakes(names: list[str], place: str) -> Iterator[Refusal]:
    for name in names:
        if not _HEADER_NAME.fullmatch(name):
            yield Refusal(place, f"{name[:100]!r} is no header name", "use letters, digits and `-`")
        elif name.lower() in _TRANSPORT:
            yield Refusal(place, f"the header `{name}` belongs to the transport", "leave it out")


def _setting_header_mistakes(headers: Mapping[str, str]) -> Iterator[Refusal]:
    for name, value in headers.items():
        literal = without_secrets(value)
        if _is_credential(name) and not names_secret(value):
            yield Refusal("secret", f"`settings.headers.{name}` holds a secret itself", REFERENCE_REMEDY)
        elif "${" in literal:
            yield Refusal("secret", f"`settings.headers.{name}` holds a broken reference", REFERENCE_REMEDY)
        elif not (literal.isascii() and literal.isprintable()):
            yield Refusal("settings", f"`settings.headers.{name}` is not one printable ASCII line", "write one line")


def _request_header_mistakes(headers: Mapping[str, str]) -> Iterator[Refusal]:
    for name, value in headers.items():
        literal = literal_of(value)
        if _is_credential(name) or "${" in literal:
            yield Refusal(
                "secret",
                f"`request.headers.{name}` holds a secret",
                "write it as `auth` or `headers` of the connection",
            )
        elif not (literal.isascii() and literal.isprintable()):
            yield Refusal("request", f"`request.headers.{name}` is not one printable ASCII line", "write one line")


def _is_credential(name: str) -> bool:
    return name.lower() in _CREDENTIALS or _CREDENTIAL_WORDS.search(name) is not None


def _path_mistakes(path: str) -> Iterator[Refusal]:
    literal = literal_of(path)
    # Two slashes at the beginning would name another host.
    if not path.startswith("/") or path.startswith("//"):
        yield Refusal(
            "request", "`request.path` does not begin with one `/`", "write `/` and the path below `base_url`"
        )
    if "?" in literal or "#" in literal:
        yield Refusal("request", "`request.path` holds a query or fragment", "write parameters into `query`")
    if not literal.isprintable() or re.search(r"[\\{}]|%(?![0-9A-Fa-f]{2})", literal):
        yield Refusal("request", "`request.path` holds characters that no path may hold", "percent-encode them")
    if any(segment in (".", "..") for segment in path.split("/")):
        yield Refusal("request", "`request.path` holds `.` or `..` as a segment", "write the path it stands for")


def _body_mistakes(method: str, bodies: list[str]) -> Iterator[Refusal]:
    if len(bodies) > 1:
        yield Refusal("request", f"the request has {' and '.join(bodies)}", "keep one of them")
    if bodies and method in SAFE_METHODS:
        yield Refusal("request", f"{method} carries no body", "use `query`, or POST")


def _literal_mistakes(request: Request) -> Iterator[Refusal]:
    if "{{" in request.output:
        yield Refusal("request", "`request.output` holds a placeholder", "write names and positions between dots")
