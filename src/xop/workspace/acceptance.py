"""Acceptance: what an outside system offers held against what was accepted, and the contracts made of it."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal
from unicodedata import category

from msgspec import Struct

from xop.kernel.actions.operations import Operation, Operations, fingerprint
from xop.workspace.operations import KINDS, yaml_text

_HIDDEN = {"Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
"""Unicode categories that a reader does not see."""

_BREAKS = "\n\r\t"
_LONGEST_DESCRIPTION = 1_000
_LONGEST_NAME = 64


class Difference(Struct, frozen=True):
    """One operation that is not as it was accepted."""

    kind: str
    name: str
    change: Literal["new", "changed", "gone"]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


def differences(accepted: Operations | None, offered: Mapping[str, Mapping[str, dict[str, Any]]]) -> list[Difference]:
    """Return what differs between what was accepted and what is offered, by kind and name."""
    return [
        each
        for kind in KINDS
        for each in _of_kind(kind, getattr(accepted, kind) if accepted is not None else {}, offered.get(kind, {}))
    ]


def accept(name: str, accepted: Operations | None, taken: Collection[Difference]) -> Operations:
    """Return the operations of a connection with some differences taken over."""
    held = {kind: dict(getattr(accepted, kind)) if accepted is not None else {} for kind in KINDS}
    for each in taken:
        if each.after is None:
            held[each.kind].pop(each.name, None)
        else:
            held[each.kind][each.name] = Operation(fingerprint(each.after), each.after)
    return Operations(name, **held)


def changed_lines(difference: Difference) -> list[str]:
    """Return what an operation's definition says otherwise, as the lines of a unified diff of its YAML."""
    before, after = ("" if it is None else yaml_text(it) for it in (difference.before, difference.after))
    return diff_lines(before, after)


def diff_lines(before: str, after: str) -> list[str]:
    """Return two texts as the lines of a unified diff, without its head."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    return [line for line in lines if line[:3] not in ("---", "+++")]


def contract(connection: str, tool: Mapping[str, Any], kind: str, purpose: str) -> dict[str, Any]:
    """Return an action contract for a tool, as a file holds it."""
    schema = {name: value for name, value in dict(tool.get("inputSchema") or {}).items() if name != "$schema"}
    output = {name: value for name, value in dict(tool.get("outputSchema") or {}).items() if name != "$schema"}
    return {
        "name": action_name(str(tool["name"])),
        "version": 1,
        "description": _described(tool),
        "kind": kind,
        "purpose": purpose,
        "risk": "low" if kind == "read" else "medium",
        "input": {**schema, "type": "object"},
        **({"output": output} if output else {}),
        "binding": {"connection": connection, "request": {"tool": tool["name"], "arguments": "{{arguments}}"}},
    }


def contract_text(document: Mapping[str, Any]) -> str:
    """Return a contract as a file."""
    return yaml_text(dict(document))


def action_name(tool: str) -> str:
    """Return the name an action may have, made of a tool's."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", tool)
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:_LONGEST_NAME].rstrip("_")
    return name if re.match(r"[a-z]", name) else f"tool_{name}"[:_LONGEST_NAME].rstrip("_")


def hidden(value: Any) -> bool:
    """Say whether any text within a value holds characters that a reader does not see."""
    if isinstance(value, str):
        return any(_is_hidden(each) for each in value)
    if isinstance(value, Mapping):
        return any(hidden(name) or hidden(each) for name, each in value.items())
    return isinstance(value, list) and any(hidden(each) for each in value)


def _of_kind(
    kind: str, accepted: Mapping[str, Operation], offered: Mapping[str, dict[str, Any]]
) -> Iterator[Difference]:
    for name in sorted(accepted.keys() | offered.keys()):
        held, live = accepted.get(name), offered.get(name)
        if held is None:
            yield Difference(kind, name, "new", after=live)
        elif live is None:
            yield Difference(kind, name, "gone", before=held.definition)
        elif fingerprint(live) != held.sha256 or live != held.definition:
            yield Difference(kind, name, "changed", held.definition, live)


def _described(tool: Mapping[str, Any]) -> str:
    said = tool.get("description") or tool.get("title") or tool["name"]
    seen = "".join(each for each in str(said) if not _is_hidden(each)).strip()
    return seen[:_LONGEST_DESCRIPTION] or str(tool["name"])


def _is_hidden(character: str) -> bool:
    return category(character) in _HIDDEN or (category(character) == "Cc" and character not in _BREAKS)
