"""The picture of a customer that conditions and templates see."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from xop.kernel.conditions.reads import EACH
from xop.kernel.context.customer import Part
from xop.kernel.journeys.run import live
from xop.kernel.release import Release

Portion: TypeAlias = tuple[str, str]
"""A section of the picture, and the one name in it that is wanted; an empty name is all of it."""


def picture(release: Release, view: Part, at: int, portions: Iterable[Portion] | None = None) -> dict[str, Any]:
    """Return a customer as nested maps: profile, counters within their windows, flags, intents and the like.

    Only some of it when `portions` says what is read: the rest need not be drawn.
    """
    drawn: dict[str, Any] = {}
    draw(drawn, _EVERYTHING if portions is None else portions, release, view, at)
    return drawn


def draw(drawn: dict[str, Any], portions: Iterable[Portion], release: Release, view: Part, at: int) -> None:
    """Add portions to a picture of the same customer at the same moment."""
    for section, name in portions:
        if name:
            drawn.setdefault(section, {}).update(_BY_NAME[section](release, view, name, at))
        else:
            drawn[section] = _SECTIONS[section](release, view, at)


@lru_cache(maxsize=8192)
def sections_read(paths: tuple[str, ...]) -> tuple[Portion, ...]:
    """Return the portions of the picture that dotted paths lead into, sorted."""
    read: set[Portion] = set()
    for path in paths:
        root, _, rest = path.partition(".")
        if root == "customer":
            section, _, name = rest.partition(".")
            read.update([(section, _wanted(section, name))] if section in _SECTIONS else _EVERYTHING)
    return tuple(sorted(portion for portion in read if not portion[1] or (portion[0], "") not in read))


def _wanted(section: str, name: str) -> str:
    if section == "profile":
        # A field's own name may be dotted, and a path may lead on into its value.
        name = name.partition(".")[0]
    return "" if section not in _BY_NAME or name.startswith(EACH) else name


def count(release: Release, view: Part, counter: str, at: int) -> int:
    """Return how often something counted happened within its window."""
    times = view.counters.get(counter, ())
    return len(times) - bisect_right(times, at - release.counters.get(counter, 0))


def profile(view: Part) -> dict[str, Any]:
    """Return the profile with dotted fields as nested maps; a field that is also a prefix gives way to the longer one."""
    return _nested(view, view.profile)


def _field(view: Part, name: str) -> dict[str, Any]:
    """Return the profile as far as it is below one name."""
    prefix = f"{name}."
    return _nested(view, [field for field in view.profile if field == name or field.startswith(prefix)])


def _nested(view: Part, fields: Iterable[str]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for field in sorted(fields):
        *path, last = field.split(".")
        place = nested
        for name in path:
            inner = place.get(name)
            # A copy, because it may be the value of a shorter field, which is not to be added to.
            inner = place[name] = dict(inner) if isinstance(inner, dict) else {}
            place = inner
        place[last] = view.profile[field].value
    return nested


def _counters(release: Release, view: Part, name: str, at: int) -> dict[str, int]:
    """Return one counter; all of them when a path's names do not say which one it leads to."""
    names = (name,) if name in release.counters else release.counters
    return {each: count(release, view, each, at) for each in names}


@lru_cache(maxsize=64)  # the steps of one group are of one moment, and each asks for it several times
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
    "counters": lambda release, view, at: _counters(release, view, "", at),
    "flags": lambda _release, view, _at: dict.fromkeys(view.flags, True),
    "intents": lambda _release, view, _at: {name: intent.status for name, intent in view.intents.items()},
    "conversations": lambda _release, view, _at: _conversations(view),
    "promises": lambda _release, view, _at: {each.id: each.status for each in view.promises.values()},
    "segments": lambda _release, view, _at: sorted(view.segments),
    "journeys": lambda _release, view, _at: sorted({run.journey for run in view.runs.values() if live(run)}),
}

_EVERYTHING: tuple[Portion, ...] = tuple((name, "") for name in _SECTIONS)

_BY_NAME: dict[str, Callable[[Release, Part, str, int], dict[str, Any]]] = {
    "profile": lambda _release, view, name, _at: _field(view, name),
    "counters": _counters,
}
"""Sections of which one name can be drawn alone."""
