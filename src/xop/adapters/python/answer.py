"""What a function's return, or what it raises, says of an invocation."""

from typing import Any

import msgspec

from xop.ports.adapter import Sent

LARGEST_OUTPUT = 1_048_576
"""Bytes of an output as JSON."""

_LONGEST_DETAIL = 300


class ActionFailed(Exception):  # noqa: N818 - names what is the case
    """Raised by a function: nothing was carried out, and trying again will not help. Its text is kept as the detail."""


class ActionRetry(Exception):  # noqa: N818 - names what is wanted
    """Raised by a function: nothing was carried out, and trying again may help, after some seconds if it says so."""

    def __init__(self, detail: str = "", after: float | None = None) -> None:
        super().__init__(detail)
        self.after = after


def answered(output: Any) -> Sent:
    """Return that it was carried out, with the output as plain JSON values."""
    try:
        plain = msgspec.to_builtins(output)
        encoded = msgspec.json.encode(plain)
    except (TypeError, ValueError, RecursionError):
        return Sent("done", "what the function returned is no JSON, and was dropped")
    if len(encoded) > LARGEST_OUTPUT:
        return Sent("done", f"what the function returned has more than {LARGEST_OUTPUT} bytes, and was dropped")
    return Sent("done", output=plain)


def raised(error: BaseException) -> Sent:
    """Return what an exception says: only the two above say for certain that nothing was carried out."""
    if isinstance(error, ActionFailed):
        return Sent("failed", _line(error) or "the function says that it cannot be carried out")
    if isinstance(error, ActionRetry):
        wait = None if error.after is None else max(0, int(error.after * 1000))
        return Sent("retry", _line(error) or "the function asks for another attempt", None, wait, unhealthy=True)
    return Sent("uncertain", f"the function raised {type(error).__name__}", unhealthy=True)


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return "".join(character for character in text if character.isprintable())[:_LONGEST_DETAIL]
