"""Checks purposes, channels, caps and the workspace's own settings against each other."""

import re
from collections.abc import Iterator

from xop.kernel.consent.answer import MOST_BROADER
from xop.kernel.consent.model import Purpose
from xop.kernel.pressure.measure import known_zone
from xop.workspace.problem import Place, Problem, quote
from xop.workspace.sources import Item, Sources

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
        yield from _broader(sources, purpose)
        if purpose.value.soft_opt_in:
            yield from _soft_opt_in(sources, purpose)
        for index, cap in enumerate(purpose.value.caps):
            yield from _cap(sources, cap.channel, purpose.place.at("caps", index, "channel"))
    for item in sources.caps:
        yield from _cap(sources, item.value.channel, item.place.at("channel"))


def _broader(sources: Sources, purpose: Item[Purpose]) -> Iterator[Problem]:
    """A purpose is part of one with the same basis, and of itself by no way round."""
    name, broader = purpose.value.name, purpose.value.broader
    if broader is None:
        return
    place = purpose.place.at("broader")
    yield from sources.missing("purposes", broader, place)
    parent = sources.purposes.get(broader)
    if parent is None:
        return
    if parent.value.basis != purpose.value.basis:
        cause = f"{name!r} and {broader!r} have different legal bases"
        yield place.problem(
            cause, "consent to one cannot cover the other: give both the same `basis`, or drop `broader`"
        )
    above, most = [name], len(sources.purposes)
    while parent is not None and len(above) <= most:
        if parent.value.name == name:
            yield place.problem(f"{name!r} is part of itself, by way of {broader!r}", "drop `broader` of one of them")
            return
        above.append(parent.value.name)
        parent = sources.purposes.get(parent.value.broader or "")
    if len(above) - 1 > MOST_BROADER:
        yield place.problem(f"{name!r} is part of more than {MOST_BROADER} purposes", "declare fewer, broader ones")


def _soft_opt_in(sources: Sources, purpose: Item[Purpose]) -> Iterator[Problem]:
    """Without consent only electronic mail may be sent, about what is declared as direct marketing."""
    place = purpose.place.at("soft_opt_in")
    if purpose.value.basis != "consent":
        yield place.problem("a soft opt-in stands in for consent, which is not the basis", "drop `soft_opt_in`")
    if not purpose.value.promotional:
        yield place.problem(
            "a soft opt-in is for direct marketing only", "add `promotional: true`, or drop `soft_opt_in`"
        )
    if not purpose.value.channels:
        yield place.problem("a soft opt-in is for electronic mail only", "name the purpose's `channels`")
    for index, name in enumerate(purpose.value.channels):
        channel = sources.channels.get(name)
        if channel is not None and channel.value.medium != "electronic_mail":
            cause = f"a soft opt-in is for electronic mail only, and {name!r} is not declared to be that"
            remedy = "declare the channel with `medium: electronic_mail` if it is e-mail, text or another message; else drop it"
            yield purpose.place.at("channels", index).problem(cause, remedy)


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
