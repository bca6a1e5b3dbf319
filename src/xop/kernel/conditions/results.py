"""What CEL answers, as JSON values."""

from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from cel_expr_python import cel

from xop.kernel.conditions.intake import UnfitError

_DEEPEST = 64
_MOST_VALUES = 10_000
_MOST_CHARACTERS = 1_000_000


def plain(value: Any) -> Any:
    """Return a value of CEL's as a Python object; one that holds others still holds them as values of CEL's."""
    # A null is not asked: each time the library hands `None` out it forgets to count that, and in the end Python dies of it.
    return None if value.type() == cel.Type.NULL else value.value()


def json_value(outcome: Any) -> Any:
    """Return an outcome as JSON, names sorted, times as RFC 3339 text in UTC, durations as seconds.

    Raises UnfitError for bytes, types, messages, numbers that are not finite and results too large to keep.
    """
    return _Writer().write(outcome, _DEEPEST)


class _Writer:
    def __init__(self) -> None:
        self._left = _MOST_VALUES
        self._characters = _MOST_CHARACTERS

    def write(self, outcome: Any, levels: int) -> Any:
        if isinstance(outcome, cel.Value):
            outcome = plain(outcome)
        self._left -= 1
        self._characters -= len(outcome) if isinstance(outcome, str) else 0
        if self._left < 0 or self._characters < 0 or levels == 0:
            raise UnfitError("the result is too large or nested too deeply")
        if isinstance(outcome, list):
            return [self.write(item, levels - 1) for item in outcome]
        if isinstance(outcome, dict):
            # CEL gives the names of an object in an order that differs from process to process.
            return {name: self.write(outcome[name], levels - 1) for name in sorted(map(_name, outcome))}
        return _scalar(outcome)


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise UnfitError("an object in the result has a name that is not text")
    return name


def _scalar(outcome: Any) -> Any:
    match outcome:
        case None | bool() | int() | str():
            return outcome
        case float() if isfinite(outcome):
            return outcome
        case float():
            raise UnfitError("the result is a number that is not finite")
        case datetime():
            return outcome.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return outcome.total_seconds()
        case _:
            raise UnfitError("the result is of a kind that JSON has no place for, such as bytes or a type")
