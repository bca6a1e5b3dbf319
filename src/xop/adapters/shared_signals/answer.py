"""Reads what a receiver's answer means (RFC 8935)."""

import re

import httpx
import msgspec

from xop.ports.adapter import Sent
from xop.ports.retry_after import retry_after

_CODE = re.compile(r"[A-Za-z_]{1,60}")

_OURS = frozenset({"authentication_failed", "access_denied"})
"""Errors that say something about how we are let in, and nothing about the event."""


def meaning(status: int, body: bytes, wait: str | None, at: int) -> Sent:
    """Return what an answer means; `wait` is the Retry-After header, `at` now in milliseconds since the epoch."""
    if httpx.codes.is_success(status):
        return Sent("done")
    if httpx.codes.is_redirect(status):
        return Sent("failed", f"answered {status}: redirects are not followed; write the final address as `url`")
    error = _error(body)
    detail = f"answered {status}{f' ({error})' if error else ''}"
    if status == httpx.codes.BAD_REQUEST and error not in _OURS:
        # The receiver has seen this very event and will never take it.
        return Sent("failed", detail)
    return Sent("retry", detail, retry_after=retry_after(wait, at), unhealthy=status != httpx.codes.TOO_MANY_REQUESTS)


def _error(body: bytes) -> str:
    """Return the receiver's code for what is wrong; empty when it says none."""
    try:
        told = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return ""
    code = told.get("err") if isinstance(told, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
