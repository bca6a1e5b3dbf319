"""Notes which changes of signal types are made, without having a part in it."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast

from xop.kernel.conditions import Condition, Fault
from xop.kernel.release import Release


class _Noted:
    """A condition that notes when it holds; in everything else it is the one it wraps."""

    __slots__ = ("_condition", "_name", "_seen")

    def __init__(self, condition: Condition, name: str, seen: set[str]) -> None:
        self._condition = condition
        self._name = name
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._condition, name)

    def holds(self, data: Mapping[str, Any]) -> bool | Fault:
        outcome = self._condition.holds(data)
        if outcome is True:
            self._seen.add(self._name)
        return outcome


def noting(release: Release, seen: set[str]) -> Release:
    """Return a release that rules the same and adds to `seen` the names of changes whose condition holds."""
    signals = {
        name: replace(
            signal,
            changes=tuple(
                each
                if each.condition is None
                else replace(each, condition=cast("Condition", _Noted(each.condition, each.name, seen)))
                for each in signal.changes
            ),
        )
        for name, signal in release.signals.items()
    }
    return replace(release, signals=MappingProxyType(signals))


def unconditional(release: Release, signal: str) -> list[str]:
    """Return the names of the changes that a signal type makes whenever it comes."""
    compiled = release.signals.get(signal)
    return [each.name for each in compiled.changes if each.condition is None] if compiled is not None else []
