"""When things happen: local days and hours, rates over them, and working hours."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from xop.kernel.pressure.measure import known_zone
from xop.lab.simulate.chance import Chance
from xop.workspace.population import Day, Hours, Spontaneous

DAY = 86_400_000
WEEK = 7 * DAY
_MINUTE = 60_000
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def first_moment(start: str, zone: str) -> int:
    """Return the first moment of a date in a zone, in milliseconds since the epoch."""
    return _midnight(zone, date.fromisoformat(start).toordinal())


def occasions(event: Spontaneous, factor: float, zone: str, span: tuple[int, int], chance: Chance) -> Iterator[int]:
    """Yield the moments at which a customer does something, in order; `span` is the first moment and the one after the last."""
    if event.on_day is not None:
        return _planned(event, zone, span, chance)
    rate = (event.per_week or 0) if event.per_day is None else event.per_day * 7
    return _at_rate(event, rate * factor, zone, span, chance)


def _planned(event: Spontaneous, zone: str, span: tuple[int, int], chance: Chance) -> Iterator[int]:
    if event.on_day is None:
        return
    ordinal = _first_day(zone, span[0]) + event.on_day
    while (midnight := _midnight(zone, ordinal)) < span[1]:
        if chance.happens(event.share):
            at = midnight + _minutes(event.at) * _MINUTE + chance.wait(event.within)
            if span[0] <= at < span[1]:
                yield at
        if event.every_days is None:
            return
        ordinal += event.every_days


def _at_rate(event: Spontaneous, rate: float, zone: str, span: tuple[int, int], chance: Chance) -> Iterator[int]:
    """Yield the moments of a Poisson process whose rate is constant within the hours of each local day."""
    weights = _weights(event.weekdays)
    if rate <= 0 or not any(weights) or not chance.happens(event.share):
        return
    per_weight = rate / sum(weights)
    begin, end = _minutes(event.hours.begin) * _MINUTE, _minutes(event.hours.end) * _MINUTE
    ordinal = _local_day(zone, span[0])
    ahead = chance.exponential()
    while True:
        midnight = _midnight(zone, ordinal)
        if midnight >= span[1]:
            return
        mass, used = per_weight * weights[(ordinal - 1) % 7], 0.0
        while mass - used > ahead:
            used += ahead
            at = midnight + begin + int((end - begin) * used / mass)
            if at >= span[1]:
                return
            if at >= span[0]:
                yield at
            ahead = chance.exponential()
        ahead -= mass - used
        ordinal += 1


def work_from(hours: Hours, days: tuple[str, ...], zone: str, at: int) -> int | None:
    """Return the first moment from one on that lies in working hours; None when nobody ever works."""
    ordinal = _local_day(zone, at)
    begin, end = _minutes(hours.begin) * _MINUTE, _minutes(hours.end) * _MINUTE
    for day in range(ordinal, ordinal + 8):
        if _NAMES[(day - 1) % 7] in days:
            midnight = _midnight(zone, day)
            if at < midnight + end:
                return max(at, midnight + begin)
    return None


@lru_cache(maxsize=256)
def _weights_of(items: tuple[tuple[str, float], ...]) -> tuple[float, ...]:
    known = dict(items)
    return tuple(known.get(name, 1.0) for name in _NAMES)


def _weights(weekdays: Mapping[Day, float]) -> tuple[float, ...]:
    return _weights_of(tuple(weekdays.items()))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name if known_zone(name) else "UTC")


@lru_cache(maxsize=100_000)
def _midnight(zone: str, ordinal: int) -> int:
    day = date.fromordinal(ordinal)
    return int(datetime(day.year, day.month, day.day, tzinfo=_zone(zone)).timestamp()) * 1000


def _local_day(zone: str, at: int) -> int:
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return moment.astimezone(_zone(zone)).date().toordinal()


@lru_cache(maxsize=1024)
def _first_day(zone: str, at: int) -> int:
    """Return the local day whose beginning is nearest to a moment."""
    moment = datetime.fromtimestamp(at // 1000, UTC).astimezone(_zone(zone))
    return (moment + timedelta(hours=12)).date().toordinal()
