"""Finds secrets that are written out where a reference to the environment belongs."""

import re
from collections.abc import Iterator
from typing import Any

from xop.workspace.problem import Place, Problem

REMEDY = "put it in an environment variable and write `${env:NAME}` instead"

_NAMES = re.compile(
    r"(^|[_. -])(key|api[_-]?key|apikey|access[_-]?key|private[_-]?key|secret|client[_-]?secret|token|access[_-]?token"
    r"|password|passwd|passphrase|authorization|credentials?)$",
    re.IGNORECASE,
)
_HARMLESS = re.compile(r"(idempotency|public|primary|partition|sort|routing|foreign)[_. -]?key$", re.IGNORECASE)
_VALUES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(sk|rk|pk)_(live|test)_[A-Za-z0-9]{8}"
    r"|\bsk-[A-Za-z0-9_-]{16}"
    r"|\bgh[pousr]_[A-Za-z0-9]{16}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10}"
    r"|\bAKIA[0-9A-Z]{12}"
    r"|\bwhsec_[A-Za-z0-9+/]{16}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8}"
    r"|://[^/\s:@{}$]+:[^/\s@{}$]+@"
)


def check_secrets(value: Any, place: Place) -> Iterator[Problem]:
    """Yield a problem for every text below `value` that is, or by its name must be, a secret written out."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from check_secrets(item, place.at(name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from check_secrets(item, place.at(index))
    elif isinstance(value, str) and _is_secret(str(place.path[-1]) if place.path else "", value):
        yield place.problem(f"{place.path[-1]!r} looks like a secret written out", REMEDY)


def _is_secret(name: str, value: str) -> bool:
    if _VALUES.search(value):
        return True
    refers = "${env:" in value or "{{" in value
    return bool(value) and not refers and bool(_NAMES.search(name)) and not _HARMLESS.search(name)
