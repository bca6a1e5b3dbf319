"""How long the other side asks to wait, read from an HTTP `Retry-After`."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 86_400_000
"""Milliseconds; a server that asks for more is asked again after a day."""


def retry_after(header: str | None, at: int) -> int | None:
    """Return milliseconds to wait from `at` (milliseconds since the epoch), or None where the header says nothing."""
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,12}", header.strip()):
        return min(int(header) * 1_000, LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(int(until.timestamp() * 1_000) - at, 0), LONGEST_WAIT)
