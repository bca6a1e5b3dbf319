"""What of a fact somebody may read who may not see everything: its plain members, and the values its classes allow."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from xop.kernel.privacy.screen import Screen

_PLAIN = """
    id type source time at since until due action actor purpose channel sender status code result attempt attempts kind
    level method by interaction namespace window counter flag change conversation invocation invocations intent promise name
    journey version run token tokens step segment choice decision_set candidate queue handover handovers hold scope release
    role roles approvers people other act_since contact_since cost risk cap kept retry_after outcome continues urgent priority
    skills language field fields left_out kinds signal ground counts told untold erasure system duty incident notice deadline
    binding steps held_by back ended started
"""

PLAIN = frozenset(_PLAIN.split())
"""Members that say what happened, and nothing that a customer said or is."""

_WORDS = frozenset({"topic", "what", "summary", "transcript", "notes", "note", "text", "reason"})
"""Members that hold what was said."""


def seen_fact(screen: Screen, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return as much of a fact's members as may be seen; what is not known to be plain is kept back."""
    if kind == "ProfileChanged":
        value = screen.value("profile", str(data["field"]), data["value"])
        return {name: each for name, each in data.items() if name != "value"} | (
            {} if value is UNSET else {"value": value}
        )
    if kind in {"IdentifierLinked", "IdentifierDeclined"}:
        namespace = str(data["identifier"][0])
        shown = screen.passes("identifiers", namespace)
        return {**data, "identifier": data["identifier"] if shown else [namespace, ""]}
    if kind in {"FlagRaised", "FlagCleared"} and not screen.passes("flags", str(data["flag"])):
        return {}
    return _members(screen, kind, data)


def _members(screen: Screen, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    seen = {name: _member(screen, kind, name, value) for name, value in data.items()}
    return {name: value for name, value in seen.items() if value is not UNSET}


def _member(screen: Screen, kind: str, name: str, value: Any) -> Any:
    if name in _WORDS:
        return value if not value or screen.passes("words", f"{kind}.{name}") else UNSET
    if isinstance(value, Mapping) and value and name in PLAIN:
        return _members(screen, f"{kind}.{name}", value)
    if name in PLAIN or value is None or value in ("", [], {}):
        return value
    return value if screen.passes("facts", f"{kind}.{name}") else UNSET
