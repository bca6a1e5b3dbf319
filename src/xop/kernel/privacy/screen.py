"""The screen between a customer's data and whoever looks: what passes, by class, and what is left out, by name."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import UNSET

from xop.kernel.privacy.classes import ALWAYS, CLASS, SECTION_CLASSES, UNCLASSIFIED, Access, Privacy

_NOTHING = Privacy()

_DEEPEST = 32
"""Levels of maps within maps that are looked into; what lies deeper is left out."""


class Screen:
    """Lets through what one look may see, and remembers the names of what passed and what did not, never values."""

    __slots__ = ("_access", "_left_out", "_privacy", "_shown")

    def __init__(self, privacy: Privacy | None, access: Access) -> None:
        self._privacy = privacy or _NOTHING
        self._access = access
        self._shown: dict[str, set[str]] = {}
        self._left_out: set[str] = set()

    @property
    def shown(self) -> dict[str, tuple[str, ...]]:
        """The names of what passed, by class, sorted; what everybody sees is not among them."""
        return {each: tuple(sorted(self._shown[each])) for each in sorted(self._shown)}

    @property
    def left_out(self) -> list[str]:
        """The names of what did not pass, sorted."""
        return sorted(self._left_out)

    def add(self, other: "Screen") -> None:
        """Remember what another screen let through and kept back as well."""
        for data_class, names in other.shown.items():
            self._shown.setdefault(data_class, set()).update(names)
        self._left_out.update(other.left_out)

    def passes(self, section: str, name: str = "", *, empty: bool = False) -> bool:
        """Say whether a section, or a name in it, may be seen, and remember it; of what is empty nothing was shown."""
        data_class = self._privacy.class_of(section, name)
        if section in ALWAYS and data_class == UNCLASSIFIED:
            return True
        path = f"{section}.{name}" if name else section
        return self._noted(path, data_class, passes=self._access.allows(data_class), empty=empty)

    def _noted(self, path: str, data_class: str, *, passes: bool, empty: bool) -> bool:
        if not passes:
            self._left_out.add(path)
        elif not empty:
            self._shown.setdefault(data_class, set()).add(path)
        return passes

    def value(self, section: str, name: str, value: Any) -> Any:
        """Return as much of a value as may be seen, looking into maps; UNSET when that is nothing."""
        return self._value(section, name, value, _DEEPEST)

    def arguments(self, schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return as much of an action's arguments as may be seen, by the classes that their schema gives them.

        What has none there is what the action is about, and passes.
        """
        seen = self._argument((schema, ""), "arguments", arguments)
        return {} if seen is UNSET else dict(seen)

    def signal(self, schema: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """Return as much of what a signal tells as may be seen; what its schema gives no class is unclassified."""
        seen = self._argument((schema, UNCLASSIFIED), "signal", data)
        return {} if seen is UNSET else dict(seen)

    def _argument(self, declared: tuple[Any, str], path: str, value: Any) -> Any:
        """`declared` is the schema of the value, and the class of what it is within."""
        schema = declared[0] if isinstance(declared[0], Mapping) else {}
        data_class, inner = str(schema.get(CLASS, declared[1])), schema.get("properties")
        if isinstance(value, Mapping) and value:
            fields = inner if isinstance(inner, Mapping) else {}
            seen = {
                name: self._argument((fields.get(name), data_class), f"{path}.{name}", each)
                for name, each in value.items()
            }
            return {name: each for name, each in seen.items() if each is not UNSET} or UNSET
        if isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
            items = [self._argument((schema.get("items"), data_class), path, each) for each in value]
            return [each for each in items if each is not UNSET] or UNSET
        passes = not data_class or self._access.allows(data_class)
        return value if self._noted(path, data_class or UNCLASSIFIED, passes=passes, empty=_is_empty(value)) else UNSET

    def entries(self, section: str, entries: Mapping[str, Any]) -> dict[str, Any]:
        """Return as much of a section of names and values as may be seen."""
        seen = {name: self.value(section, name, value) for name, value in entries.items()}
        return {name: value for name, value in seen.items() if value is not UNSET}

    def picture(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Return as much of a customer's picture as may be seen; a section of which nothing is left is missing."""
        seen = {section: self._section(section, value) for section, value in drawn.items()}
        return {section: value for section, value in seen.items() if value is not UNSET}

    def _section(self, section: str, value: Any) -> Any:
        if isinstance(value, Mapping) and (section not in ALWAYS or section == "flags"):
            entries = self.entries(section, value)
            return entries if entries or section in ALWAYS else UNSET
        # Without anything in it there is nothing to keep back, and nothing that was shown.
        return value if value in ([], {}) or self.passes(section) else UNSET

    def _value(self, section: str, name: str, value: Any, deepest: int) -> Any:
        if isinstance(value, Mapping) and value and deepest:
            entries = {
                each: self._value(section, f"{name}.{each}", inner, deepest - 1) for each, inner in value.items()
            }
            kept = {each: inner for each, inner in entries.items() if inner is not UNSET}
            return kept or UNSET
        if isinstance(value, list) and deepest and any(isinstance(each, Mapping | list) for each in value):
            items = [self._value(section, name, each, deepest - 1) for each in value]
            return [each for each in items if each is not UNSET] or UNSET
        if isinstance(value, Mapping | list) and value and not deepest:
            self._left_out.add(f"{section}.{name}")
            return UNSET
        return value if self.passes(section, name, empty=_is_empty(value)) else UNSET


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def unclassified(privacy: Privacy | None, section: str, names: Iterable[str]) -> list[str]:
    """Return the names of a section that have no class, sorted."""
    known = privacy or _NOTHING
    return sorted(
        {each for each in names if section not in SECTION_CLASSES and known.class_of(section, each) == UNCLASSIFIED}
    )
