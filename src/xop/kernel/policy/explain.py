"""Shows the facts a rule read when it was judged."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from xop.kernel.policy.model import Rule


def facts_read(rule: Rule, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each path the rule reads; a path absent from the context is left out."""
    found: dict[str, Any] = {}
    for path in rule.reads:
        value: Any = context
        for name in _names(path):
            if type(value) is not dict or name not in value:
                break
            value = value[name]
        else:
            found[path] = value
    return found


@lru_cache(maxsize=4096)
def _names(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))
