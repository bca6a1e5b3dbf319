"""The picture of a customer that conditions and templates see."""

from datetime import UTC, datetime
from typing import Any

from xop.kernel.context.customer import Part
from xop.kernel.release import Release


def picture(release: Release, view: Part, at: int) -> dict[str, Any]:
    """Return a customer as nested maps: profile, counters within their windows, flags, intents and the like."""
    return {
        "id": view.id,
        "profile": profile(view),
        "identifiers": _identifiers(view),
        "counters": {name: count(release, view, name, at) for name in release.counters},
        "flags": dict.fromkeys(view.flags, True),
        "intents": {name: intent.status for name, intent in view.intents.items()},
        "conversations": [
            {"id": each.id, "channel": each.channel, "topic": each.topic} for each in view.conversations.values()
        ],
        "promises": {each.id: each.status for each in view.promises.values()},
    }


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
