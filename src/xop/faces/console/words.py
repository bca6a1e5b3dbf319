"""Words: the console's text in the reader's language, and dates and numbers in their locale and time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from gettext import NullTranslations
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

from xop.faces.languages import ENGLISH, locales
from xop.kernel.base import phrase

marked = phrase.marked
"""Says that catalogues are to have texts, which are looked up later."""

_SECOND = 1000

_FIRST, _LAST = -62_135_510_400_000, 253_402_214_399_000
"""The moments, in milliseconds since the epoch, between which every time zone has a date: outsiders name others."""

_NONE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Words:
    """How one reader is spoken to."""

    locale: Locale
    zone: ZoneInfo
    now: int
    """The platform's time, in milliseconds since the epoch."""
    translations: NullTranslations = ENGLISH
    """What the reader's language calls each text."""

    def text(self, message: str) -> str:
        """Return a text in the reader's language."""
        return self.translations.gettext(message) if message else ""

    def texts(self, one: str, many: str, count: int) -> str:
        """Return the text for one or for many, in the reader's language."""
        return self.translations.ngettext(one, many, count)

    def moment(self, at: int | str | None) -> str:
        """Return a moment with its date and time, such as `21 Nov 2026, 14:05:09`."""
        return "" if at is None else format_datetime(local_time(at, self.zone), "medium", locale=self.locale)

    def clock(self, at: int | str | None) -> str:
        """Return the time of day, with the date too where it is another day than today."""
        if at is None:
            return ""
        local = local_time(at, self.zone)
        if local.date() == local_time(self.now, self.zone).date():
            return format_time(local, "medium", locale=self.locale)
        return format_datetime(local, "short", locale=self.locale)

    def date(self, at: int | str | None) -> str:
        """Return a date."""
        return "" if at is None else format_date(local_time(at, self.zone).date(), "medium", locale=self.locale)

    def ago(self, at: int | str | None) -> str:
        """Return how far a moment is from now, such as `3 minutes ago` or `in 2 hours`."""
        if at is None:
            return ""
        seconds = round((milliseconds(at) - self.now) / 1000)
        if seconds == 0:
            return self.text("just now")
        return format_timedelta(seconds, add_direction=True, locale=self.locale)

    def span(self, length: float) -> str:
        """Return a length of time in milliseconds in its largest unit."""
        if length < _SECOND:
            return f"{self.number(round(length, 1))} ms"
        return format_timedelta(round(length / _SECOND), locale=self.locale)

    def number(self, value: float) -> str:
        """Return a number."""
        return format_decimal(value, locale=self.locale)

    def share(self, value: float | None) -> str:
        """Return a share of one as a percentage; a dash for none."""
        return _NONE if value is None else format_percent(value, "#,##0.#%", locale=self.locale)

    def money(self, amount: float, currency: str) -> str:
        """Return an amount of money."""
        return format_currency(amount, currency, locale=self.locale)


def milliseconds(at: int | str) -> int:
    """Return a moment as milliseconds since the epoch: it may be an RFC 3339 time."""
    return at if isinstance(at, int) else round(datetime.fromisoformat(at).timestamp() * 1000)


def best_locale(wanted: str, accepted: str = "") -> Locale:
    """Return a locale by name, or else the best that `Accept-Language` names; English when neither is known."""
    return next(locales(wanted, accepted), Locale("en"))


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name; UTC for one that is not known."""
    return ZoneInfo(name) if name in _zones() else ZoneInfo("UTC")


def local_time(at: int | str, zone: ZoneInfo) -> datetime:
    """Return a moment in a time zone; one that no calendar has is told as the nearest that every zone has."""
    return datetime.fromtimestamp(min(max(milliseconds(at), _FIRST), _LAST) / 1000, UTC).astimezone(zone)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
