"""The vocabulary: the names a workspace itself gives to what is counted, so that no customer's words get into figures."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xop.kernel.release import CompiledChange, Release

_NAMED = ("intent.name", "conversation.channel")
"""Fields of a change that name something which is counted."""

CHANNELS = ("voice", "chat", "web", "app", "email", "sms", "messaging", "branch")
"""What channels are called everywhere."""


def vocabulary(release: Release) -> frozenset[str]:
    """Return the names that figures may have: declared ones, those written in changes, and those that schemas list.

    Names of intents and channels may come with signals. What no file of the workspace says could be anything, a
    customer's own words too, and is counted without its name.
    """
    declared = (release.channels, release.queues, release.actions, release.purposes)
    written = (name for signal in release.signals.values() for change in signal.changes for name in _written(change))
    listed = (text for signal in release.signals.values() for text in _listed(signal.type.schema))
    return frozenset((*CHANNELS, *(name for names in declared for name in names), *written, *listed))


def own_name(words: frozenset[str], measure: str, label: str) -> str | None:
    """Return a label of a measure if it is made of the workspace's own names; None for any other."""
    if measure not in NAMED_OUTSIDE:
        return label
    parts = label.split(" to ") if measure == "shifts" else [label.rpartition(" ")[0] if measure == "costs" else label]
    return label if all(part in words for part in parts) else None


NAMED_OUTSIDE = frozenset(
    {
        *("demand", "resolved", "confirmed", "abandoned", "returned", "passed", "costs"),
        *("contacts", "repeats", "chases", "shifts"),
    }
)
"""Measures whose labels may come with signals."""


def _written(change: CompiledChange) -> Iterator[str]:
    for field in _NAMED:
        template = change.templates.get(field)
        if template is not None and template.constant:
            yield str(template.render({}))


def _listed(schema: Any) -> Iterator[str]:
    """Yield every text that a JSON Schema lists as a value."""
    if isinstance(schema, Mapping):
        named = schema.get("enum", ())
        yield from (each for each in _items(named) if isinstance(each, str))
        if isinstance(schema.get("const"), str):
            yield schema["const"]
        for inner in schema.values():
            yield from _listed(inner)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            yield from _listed(inner)


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else ()
