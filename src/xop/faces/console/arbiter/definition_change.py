"""Definition changes: what an operation says otherwise than was accepted, and what that stops, in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from xop.faces.console.words import marked
from xop.faces.http.routes.quarantine import Quarantined

Text = Callable[[str], str]
"""Looks a text up in the reader's language."""

_EFFECTS = marked(
    {
        "new": "It is new: nobody can call it until a person accepts it.",
        "changed": "It is in quarantine: calls fail without leaving until a person accepts it, or the old definition is back.",
        "gone": "The other side no longer offers it: calls fail without leaving until it is back.",
    }
)


def changed_words(one: Quarantined, text: Text) -> list[str]:
    """Return what differs, the gravest first."""
    said = [text(_EFFECTS[one.change])]
    if one.refused:
        said.append(text("It cannot be accepted: {cause}.").format(cause=one.refused))
    if one.concealed:
        said.append(
            text("It holds characters that cannot be seen: they are written as \\u… below. Look at it closely.")
        )
    if one.change != "new":
        stops = ", ".join(one.actions)
        none = text("No action is bound to it, so that nothing is stopped.")
        said.append(text("Stopped until then: {names}.").format(names=stops) if stops else none)
    if one.before is not None and one.after is not None:
        said += _differences(one.before, one.after, text)
    return said


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], text: Text) -> Iterator[str]:
    was, now = _schema(before), _schema(after)
    needed = sorted(_required(now) - _required(was))
    added = sorted(_properties(now) - _properties(was))
    gone = sorted(_properties(was) - _properties(now))
    if needed:
        said = text("It needs now: {names}. Actions that do not give that fail even when it is accepted.")
        yield said.format(names=", ".join(needed))
    if added:
        yield text("It takes now besides: {names}.").format(names=", ".join(added))
    if gone:
        yield text("It takes no more: {names}.").format(names=", ".join(gone))
    if before.get("description") != after.get("description"):
        yield text(
            "It describes itself otherwise. Agents are never told that: they see the words of your own contract."
        )
    others = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if rest := [name for name in others if name not in {"description", "inputSchema"}]:
        yield text("Besides these parts differ: {names}.").format(names=", ".join(rest))


def _schema(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    found = definition.get("inputSchema")
    return found if isinstance(found, Mapping) else {}


def _required(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("required")
    return {str(each) for each in found} if isinstance(found, list) else set()


def _properties(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("properties")
    return {str(each) for each in found} if isinstance(found, Mapping) else set()
