"""The picture of a customer that conditions and templates see."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from xop.kernel.context.customer import Part
from xop.kernel.release import Release


def picture(release: Release, view: Part, at: int, sections: frozenset[str] | None = None) -> dict[str, Any]:
    """Return a customer as nested maps: profile, counters within their windows, flags, intents and the like.

    Only some sections when `sections` names them; what is not read need not be drawn.
    """
    return {name: draw(release, view, at) for name, draw in _SECTIONS.items() if sections is None or name in sections}


@lru_cache(maxsize=8192)
def sections_read(paths: tuple[str, ...]) -> frozenset[str]:
    """Return the sections of the picture that dotted paths lead into."""
    read: set[str] = set()
    for path in paths:
        root, _, rest = path.partition(".")
        if root == "customer":
            name = rest.partition(".")[0]
            read.update([name] if name in _SECTIONS else _SECTIONS)
    return frozenset(read)


def count(release: Release, view: Part, counter: str, at: int) -> int:
    """Return how often something counted happened within its window."""
    since = at - release.counters.get(counter, 0)
    return sum(1 for time in view.counters.get(counter, ()) if time > since)


def profile(view: Part) -> dict[str, Any]:
    """Return the profile with dotted fields as nested maps; a field that is also a prefix gives way to the longer one."""
    nested: dict[str, Any] = {}
    for field in sorted(view.profile):
        *path, last = field.split(".")
        place = nested
        for name in path:
            inner = place.get(name)
            if not isinstance(inner, dict):
                inner = place[name] = {}
            place = inner
        place[last] = view.profile[field].value
    return nested


def instant(at: int) -> datetime:
    """Return a moment as CEL's timestamp type."""
    return datetime.fromtimestamp(at / 1000, UTC)


def _identifiers(view: Part) -> dict[str, list[str]]:
    by_namespace: dict[str, list[str]] = {}
    for link in view.identifiers.values():
        by_namespace.setdefault(link.identifier.namespace, []).append(link.identifier.value)
    return by_namespace


def _conversations(view: Part) -> list[dict[str, str]]:
    return [{"id": each.id, "channel": each.channel, "topic": each.topic} for each in view.conversations.values()]


_SECTIONS: dict[str, Callable[[Release, Part, int], Any]] = {
    "id": lambda _release, view, _at: view.id,
    "profile": lambda _release, view, _at: profile(view),
    "identifiers": lambda _release, view, _at: _identifiers(view),
    "counters": lambda release, view, at: {name: count(release, view, name, at) for name in release.counters},
    "flags": lambda _release, view, _at: dict.fromkeys(view.flags, True),
    "intents": lambda _release, view, _at: {name: intent.status for name, intent in view.intents.items()},
    "conversations": lambda _release, view, _at: _conversations(view),
    "promises": lambda _release, view, _at: {each.id: each.status for each in view.promises.values()},
}
