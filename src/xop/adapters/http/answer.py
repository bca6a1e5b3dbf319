"""Reads what an HTTP answer means."""

import re
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from xop.adapters.http.settings import SAFE_METHODS, Rendered
from xop.kernel.base.json import canonical
from xop.ports.adapter import Sent
from xop.ports.retry_after import retry_after

LARGEST_OUTPUT = 65_536
"""Bytes of JSON that are kept of an answer."""

_NOT_YET = (408, 425, 429, 503)
"""The server says that it did not process the request and may do so later."""

_MISSING = object()


def carried_out(status: int, rendered: Rendered) -> bool:
    """Return whether a status code means that the request was carried out."""
    return status in rendered.success if rendered.success else httpx.codes.is_success(status)


def refused(answer: httpx.Response, rendered: Rendered, *, idempotent: bool, at: int) -> Sent:
    """Return what an answer means that does not say `carried out`; `at` is now, in milliseconds since the epoch."""
    status = answer.status_code
    detail = f"answered {_phrase(status)}"
    safe = rendered.method in SAFE_METHODS
    if status in _NOT_YET:
        wait = retry_after(answer.headers.get("retry-after"), at)
        return Sent("retry", detail, retry_after=wait, unhealthy=status == HTTPStatus.SERVICE_UNAVAILABLE)
    if httpx.codes.is_server_error(status):
        # 502 and 504 come from a gateway that does not know how far the server behind it has come.
        return Sent("retry" if safe or idempotent else "uncertain", detail, unhealthy=True)
    if httpx.codes.is_success(status) and not safe:
        return Sent("uncertain", f"{detail}, which `success` does not list")
    if httpx.codes.is_redirect(status):
        detail += "; redirects are not followed: write the final address"
    return Sent("failed", detail)


def keep(content: bytes, part: str) -> Sent:
    """Return `done` with the JSON found at `part` (dotted names and positions, `''` for all) as output."""
    if not content.strip():
        return Sent("done")
    try:
        value = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Sent("done", "the answer is not JSON, and is not kept")
    found = _find(value, part.split(".") if part else [])
    if found is _MISSING:
        return Sent("done", f"the answer has no `{part}`")
    if len(canonical(found)) > LARGEST_OUTPUT:
        return Sent("done", f"the output has more than {LARGEST_OUTPUT} bytes and is not kept: name a part as `output`")
    return Sent("done", output=found)


def _find(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and re.fullmatch(r"[0-9]{1,6}", step) and int(step) < len(value):
            value = value[int(step)]
        else:
            return _MISSING
    return value


def _phrase(status: int) -> str:
    """Return a status with its standard phrase; what the server wrote there could hold anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
