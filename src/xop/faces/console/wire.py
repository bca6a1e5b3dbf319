"""The wire: requests of browsers taken apart, and answers with the headers that keep a page to itself."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.types import Receive, Send

from xop.faces.http.body import read_body
from xop.faces.http.form import FORM
from xop.faces.http.problems import ProblemError

HTML = "text/html; charset=utf-8"

LARGEST_FORM = 262_144
"""Bytes of a form."""

_MOST_FIELDS = 300

HOME = "/console"

_LONGEST_PLACE = 2000

_PLAIN = re.compile(r"[!-\[\]-~]*")
"""Printable ASCII without blanks and backslashes: what else stands in an address, browsers read in ways of their own."""

SAFE_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        b"; ".join(
            (
                b"default-src 'none'",
                b"script-src 'self'",
                b"style-src 'self'",
                b"img-src 'self' data:",
                b"connect-src 'self'",
                b"form-action 'self'",
                b"frame-ancestors 'none'",
                b"base-uri 'none'",
            )
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
"""What goes with everything: nothing from elsewhere runs in a page, and no page of others shows it.

Trusted Types are not required: htmx makes elements of the server's own pages, so that a policy would have to let all of
them pass, and what scripts there may be is said by `script-src` already.
"""

_HTTPS = ((b"strict-transport-security", b"max-age=31536000"),)


def fields(raw: bytes) -> Mapping[str, Sequence[str]]:
    """Return the fields of a form or a query; raises ProblemError for one that cannot be read."""
    try:
        return parse_qs(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise ProblemError("parameter-invalid", "the form is not UTF-8, or has too many fields") from error


async def read_form(
    receive: Receive, headers: Mapping[bytes, bytes], largest: int = LARGEST_FORM
) -> Mapping[str, Sequence[str]]:
    """Return the fields of a form that was sent; raises ProblemError for what is none, and Disconnected."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != FORM.encode():
        raise ProblemError("media-type-unsupported", "what was sent is no form", f"send {FORM}")
    if headers.get(b"content-encoding", b"identity").strip().lower() not in {b"", b"identity"}:
        raise ProblemError("encoding-unsupported", "the form is packed", "send it as it is")
    return fields(await read_body(receive, headers, largest))


def own_place(wanted: str, otherwise: str = HOME) -> str:
    """Return an address if it is one of the console's own pages however a browser reads it, else another."""
    steps = re.split(r"[?#]", wanted, maxsplit=1)[0].split("/")[1:]
    own = wanted == HOME or wanted.startswith((f"{HOME}/", f"{HOME}?"))
    strays = any(unquote(step) in {"", ".", ".."} for step in steps)
    return wanted if own and not strays and len(wanted) <= _LONGEST_PLACE and _PLAIN.fullmatch(wanted) else otherwise


def cookie(headers: Mapping[bytes, bytes], name: str) -> str:
    """Return the value of a cookie; empty when the browser sent none. Cookies of others in the header do not matter."""
    for pair in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        found, _, value = pair.strip().partition("=")
        if found == name:
            return value
    return ""


def cookie_header(name: str, value: str, *, secure: bool, seconds: int | None = None) -> tuple[bytes, bytes]:
    """Return the header that sets a cookie which no script can read; `seconds` 0 ends it, None ends it with the browser."""
    parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if secure:
        parts.append("Secure")
    if seconds is not None:
        parts.append(f"Max-Age={seconds}")
    return (b"set-cookie", "; ".join(parts).encode())


def session_cookie(*, secure: bool) -> str:
    """Return the name of the cookie of a session; with the prefix, browsers take it from this very host alone."""
    return own_cookie("xop_session", secure=secure)


def own_cookie(name: str, *, secure: bool) -> str:
    """Return the name under which a cookie is set."""
    return f"__Host-{name}" if secure else name


def require_same_origin(headers: Mapping[bytes, bytes], address: str = "") -> None:
    """Let a request pass that a page of the console sent; raises ProblemError for one from anywhere else.

    Browsers say so in `Sec-Fetch-Site`, and those that do not in `Origin`: it must be the server's address, or where it
    has none, the host that was asked. Whoever says neither is no browser that has the console open.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        good = site == b"same-origin"
    else:
        good = _is_own(headers.get(b"origin", b"").decode("latin-1").lower(), headers, address)
    if not good:
        raise ProblemError("form-foreign", "the form was not sent by a page of this console")


def _is_own(origin: str, headers: Mapping[bytes, bytes], address: str) -> bool:
    if address:
        return origin == address
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(host) and host == headers.get(b"host", b"").decode("latin-1").lower()


async def send_answer(
    send: Send,
    status: int,
    body: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (),
    *,
    media_type: str = HTML,
    secure: bool = False,
) -> None:
    """Send a whole answer."""
    kept = () if any(name == b"cache-control" for name, _ in headers) else ((b"cache-control", b"no-store"),)
    more = [(b"content-length", str(len(body)).encode()), (b"content-type", media_type.encode())]
    everything = [*more, *SAFE_HEADERS, *(_HTTPS if secure else ()), *kept, *headers]
    if any(b"\r" in value or b"\n" in value or b"\0" in value for _, value in everything):
        raise ValueError("a header would hold the end of a line")
    await send({"type": "http.response.start", "status": status, "headers": everything})
    await send({"type": "http.response.body", "body": body})
