"""Checks purposes, channels, caps and the workspace's own settings against each other."""

import re
from collections.abc import Iterator

from xop.kernel.pressure.measure import known_zone
from xop.workspace.problem import Place, Problem, quote
from xop.workspace.sources import Sources

RESERVED = frozenset({"gpc", "promotional"})
"""Words that stand for several purposes in a change of consent."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def check_purposes(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with settings, channels, purposes and caps."""
    if sources.settings is not None:
        yield from _zone(sources.settings.value.time_zone, sources.settings.place.at("time_zone"))
    for name, channel in sources.channels.items():
        yield from _name("channel", name, channel.place)
        if channel.value.namespace is not None:
            yield from sources.missing("namespaces", channel.value.namespace, channel.place.at("namespace"))
    for name, purpose in sources.purposes.items():
        yield from _name("purpose", name, purpose.place)
        for index, used in enumerate(purpose.value.channels):
            yield from sources.missing("channels", used, purpose.place.at("channels", index))
        for index, cap in enumerate(purpose.value.caps):
            yield from _cap(sources, cap.channel, purpose.place.at("caps", index, "channel"))
    for item in sources.caps:
        yield from _cap(sources, item.value.channel, item.place.at("channel"))


def _cap(sources: Sources, channel: str | None, place: Place) -> Iterator[Problem]:
    if channel is not None:
        yield from sources.missing("channels", channel, place)


def _name(noun: str, name: str, place: Place) -> Iterator[Problem]:
    if not _NAME.fullmatch(name):
        remedy = "use lower-case letters, digits, `_` and `-`, beginning with a letter"
        yield place.problem(f"{quote(name)} is no name of a {noun}", remedy)
    elif noun == "purpose" and name in RESERVED:
        yield place.problem(f"{name!r} stands for several purposes in signals", "give the purpose another name")


def _zone(name: str, place: Place) -> Iterator[Problem]:
    if not known_zone(name):
        yield place.problem(f"there is no time zone {quote(name)}", "name one such as UTC or Europe/Amsterdam")
