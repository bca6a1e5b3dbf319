"""Canonical JSON bytes: the same value always gives the same bytes."""

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys and no spaces; the value is built of structs, dicts, lists, text and numbers."""
    return _ENCODER.encode(value)
