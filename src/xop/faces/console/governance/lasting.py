"""Lengths of time as people say them: `P13M` is thirteen months, `30d` thirty days."""

import re

from babel.lists import format_list
from babel.units import format_unit

from xop.faces.console.words import Words

_UNITS = {"y": "year", "o": "month", "w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}
"""By the letter of a span; `o` stands for the months of a period, whose letter in spans is that of minutes."""

_PART = re.compile(r"([0-9]+)([a-z])")


def lasting(period: str, words: Words) -> str:
    """Return a span such as `30d`, or a period of the calendar such as `P1Y6M`, in words; anything else as it is."""
    plain = period.removeprefix("P").lower()
    if period.startswith("P"):
        plain = plain.replace("m", "o")
    parts = _PART.findall(plain)
    if "".join(number + letter for number, letter in parts) != plain or {unit for _, unit in parts} - _UNITS.keys():
        return period
    said = [format_unit(int(number), f"duration-{_UNITS[unit]}", locale=words.locale) for number, unit in parts]
    return format_list(said, "unit", locale=words.locale) if said else period
