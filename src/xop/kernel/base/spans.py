"""Spans of time as a workspace writes them (`15m`, `7d`), in milliseconds as the kernel counts them."""

import re
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

SPAN_PATTERN = r"^[0-9]{1,9}(ms|s|m|h|d|w)$"

Span = Annotated[
    str,
    Meta(pattern=SPAN_PATTERN, description="A span of time: a whole number and ms, s, m, h, d or w, such as `15m`."),
]

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


@lru_cache(maxsize=4096)
def milliseconds(span: str) -> int:
    """Return the length of a validated span in milliseconds."""
    match = re.match(SPAN_PATTERN, span)
    if match is None:
        message = f"{span!r} is no span of time; write a whole number and ms, s, m, h, d or w, such as 15m"
        raise ValueError(message)
    unit = match.group(1)
    return int(span[: -len(unit)]) * _UNITS[unit]
