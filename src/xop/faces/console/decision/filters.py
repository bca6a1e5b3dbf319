"""The filters of the list of decisions, as they stand in the address of the page."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from msgspec import Struct

from xop.faces.console.words import Words, local_time, milliseconds
from xop.faces.http.problems import ProblemError
from xop.kernel.base.spans import SPAN_PATTERN
from xop.kernel.base.spans import milliseconds as length

ADDRESS = "/console/decisions"

NAMES = ("verdict", "actor", "action", "code", "customer", "since", "until")

_TIMES = ("since", "until")

_SPANS = ("1h", "24h", "7d")


class Span(Struct, frozen=True):
    """One length of time that ends now, to pick."""

    name: str
    address: str
    here: bool


class Filters(Struct, frozen=True):
    """What is asked for; empty for everything."""

    values: Mapping[str, str]
    """By name; moments in UTC, or as how long ago."""

    @property
    def chosen(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.values)

    def get(self, name: str) -> str:
        """Return what is asked for by a name; empty for anything."""
        return self.values.get(name, "")

    def address(self, **more: str | int | None) -> str:
        """Return the address of the list with these filters, and more in its query."""
        query = {**self.values, **{name: str(value) for name, value in more.items() if value not in {None, ""}}}
        return f"{ADDRESS}?{urlencode(query)}" if query else ADDRESS

    def local(self, name: str, words: Words) -> str:
        """Return a moment as a field for date and time has it, in the reader's time zone."""
        moment = self.get(name)
        if not moment:
            return ""
        at = words.now - length(moment) if re.fullmatch(SPAN_PATTERN, moment) else milliseconds(moment)
        return local_time(at, words.zone).strftime("%Y-%m-%dT%H:%M")

    def spans(self) -> list[Span]:
        """Return lengths of time to pick, each with the address of the list for it."""
        rest = Filters({name: value for name, value in self.values.items() if name not in _TIMES})
        return [Span(name, rest.address(since=name), self.get("since") == name) for name in _SPANS]


def filters_of(query: Mapping[str, str], words: Words) -> Filters:
    """Return the filters of an address; raises ProblemError for a moment that is none."""
    values = {name: query[name].strip() for name in NAMES if query.get(name, "").strip()}
    return Filters({name: _moment(name, value, words) if name in _TIMES else value for name, value in values.items()})


def _moment(name: str, value: str, words: Words) -> str:
    """A moment without a zone is one on the reader's clock."""
    if re.fullmatch(SPAN_PATTERN, value):
        return value
    try:
        read = datetime.fromisoformat(value)
        read = read.replace(tzinfo=words.zone) if read.tzinfo is None else read
        return _utc(round(read.timestamp() * 1000))
    except (ValueError, OverflowError, OSError) as error:
        cause = f"`{name}` is {value[:40]!r}, which is no moment"
        raise ProblemError("parameter-invalid", cause, "write it as 2027-01-31T12:00") from error


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
