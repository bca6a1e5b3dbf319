"""Spans of time that a request asks for: moments as RFC 3339 or as how long ago."""

import re
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from xop.faces.http.problems import ProblemError
from xop.kernel.base.spans import SPAN_PATTERN, milliseconds

When = Annotated[
    str,
    Meta(min_length=2, max_length=40, description="An RFC 3339 time, or how long ago as a span such as `15m` or `7d`."),
]

_LATEST = 253_402_300_799_999


def moment(text: str, now: int, name: str) -> int:
    """Return a moment in milliseconds since the epoch; raises ProblemError (400) for what is none."""
    if re.fullmatch(SPAN_PATTERN, text):
        return max(0, now - milliseconds(text))
    try:
        # A blank in a query is a plus that was not quoted.
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ProblemError(
            "parameter-invalid",
            f"{name}={text[:40]!r} is no moment",
            "write a time with its offset such as 2026-11-21T09:00:00Z, or a span before now such as 24h",
        )
    return min(max(0, round(found.timestamp() * 1000)), _LATEST)
