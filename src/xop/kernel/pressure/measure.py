"""How much contact a customer has had against the caps, and whether it is night where they are."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xop.kernel.base.spans import milliseconds
from xop.kernel.consent.model import Cap, Purpose, QuietHours
from xop.kernel.pressure.model import Contact


def reached(
    caps: Iterable[Cap], contacts: Sequence[Contact], purpose: str | None, channel: str | None, at: int
) -> Cap | None:
    """Return the first cap that leaves no room for one more contact now; `purpose` None counts contacts of all purposes."""
    for cap in caps:
        if cap.channel is not None and cap.channel != channel:
            continue
        if count(cap, contacts, purpose, at) >= cap.most:
            return cap
    return None


def count(cap: Cap, contacts: Iterable[Contact], purpose: str | None, at: int) -> int:
    """Return how many contacts a cap counts now; `purpose` None counts contacts of all purposes."""
    since = at - milliseconds(cap.window)
    return sum(
        1
        for each in contacts
        if since < each.at <= at
        and purpose in {None, each.purpose}
        and (cap.channel is None or each.channel == cap.channel)
    )


def longest_window(purposes: Iterable[Purpose], caps: Iterable[Cap]) -> int:
    """Return the longest window of any cap in milliseconds: contacts older than that are forgotten."""
    spans = [milliseconds(cap.window) for cap in caps]
    spans += [milliseconds(cap.window) for purpose in purposes for cap in purpose.caps]
    return max(spans, default=0)


def quiet_until(hours: QuietHours | None, zone: str, at: int) -> int | None:
    """Return when the present quiet hours end (milliseconds since the epoch), or None outside them."""
    if hours is None or hours.begin == hours.end:
        return None
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(_zone(zone))
    clock = f"{local.hour:02}:{local.minute:02}"
    overnight = hours.begin > hours.end
    quiet = (clock >= hours.begin or clock < hours.end) if overnight else hours.begin <= clock < hours.end
    if not quiet:
        return None
    hour, minute = hours.end.split(":")
    end = local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    if clock >= hours.end:
        end += timedelta(days=1)
    return int(end.timestamp() * 1000)


def known_zone(name: str) -> bool:
    """Say whether a name is a zone of the time-zone database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name if known_zone(name) else "UTC")
