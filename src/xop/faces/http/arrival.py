"""Arrivals: what a source sent, on its way to becoming a signal."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from xop.engine.ticket import Answer
from xop.faces.http.commanding import Receipt, receipt
from xop.faces.http.operation import Call
from xop.faces.http.problems import UNAVAILABLE, ProblemError, details, refused, unavailable
from xop.faces.http.targets import normalised
from xop.kernel.base.actor import Actor
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Signal
from xop.kernel.conditions import Fault
from xop.kernel.identity.model import Identifier
from xop.kernel.picture import instant
from xop.kernel.privacy.scrubbing import masked
from xop.kernel.release import Release
from xop.kernel.templates import as_text

LARGEST_EVENT = 65_536
"""Bytes of one event or message."""

MOST_EVENTS = 1_000
"""Events or messages in one batch."""

_LATEST = 253_402_214_400_000
"""The last moment a source may name, 9999-12-31, in milliseconds since the epoch."""

_ZONED = Annotated[datetime, Meta(tz=True)]

Time = Annotated[str, Meta(max_length=40, extra_json_schema={"format": "date-time"})]
"""An RFC 3339 time as a body or a query has it."""


class Arrival(Struct, frozen=True):
    """One event as its source told it."""

    command: str
    """The id of the command it becomes."""
    type: str
    source: str
    time: int
    """Milliseconds since the epoch."""
    data: dict[str, Any]
    claims: tuple[Identifier, ...]
    """The identifiers its source named, as written."""


def moment(text: Any) -> int | None:
    """Return an RFC 3339 time from 1970 on as milliseconds since the epoch; None when it is no such time."""
    try:
        at = int(msgspec.convert(text, _ZONED).timestamp() * 1000)
    except (msgspec.ValidationError, OverflowError, ValueError):
        return None
    return at if 0 <= at <= _LATEST else None


def moment_named(text: str) -> int:
    """Return an RFC 3339 time as milliseconds since the epoch; raises ProblemError (422) when it is no such time."""
    at = moment(text)
    if at is None:
        raise ProblemError("time-unreadable", f"{text[:40]!r} is no RFC 3339 time", "write 2027-01-31T12:00:00Z")
    return at


def signal(release: Release, arrival: Arrival, actor: Actor, now: int) -> Signal:
    """Return the signal of an arrival, its identifiers in normal form; raises ProblemError (422)."""
    found: dict[Identifier, None] = {}
    refusals: list[tuple[str, Refusal]] = []
    for raw in (*arrival.claims, *_declared(release, arrival, now)):
        formed = normalised(release, raw)
        if isinstance(formed, Refusal):
            refusals.append((raw.namespace[:64], formed))
        else:
            found[formed] = None
    if not found:
        if arrival.type not in release.signals:
            raise ProblemError("signal-unknown", f"no signal type {arrival.type!r} is declared")
        if refusals:
            raise ProblemError("identifier-refused", "no identifier identifies anybody", errors=details(refusals))
        raise ProblemError("identifier-missing", "the event names no identifier of a declared namespace")
    compiled = release.signals.get(arrival.type)
    # Before anything is kept: the ledger holds commands as they came.
    data = masked(compiled.marked, arrival.data) if compiled is not None else arrival.data
    return Signal(arrival.command, arrival.type, arrival.source, arrival.time, actor, tuple(found), data)


def _declared(release: Release, arrival: Arrival, now: int) -> Iterable[Identifier]:
    """Return the identifiers that the signal's type finds in its data; a value that is absent is none."""
    compiled = release.signals.get(arrival.type)
    if compiled is None:
        return
    event = {"type": arrival.type, "source": arrival.source, "time": min(arrival.time, now), "data": arrival.data}
    data = {"signal": event, "now": instant(now)}
    for namespace, template in compiled.identifiers.items():
        value = template.render(data)
        text = None if isinstance(value, Fault) else as_text(value)
        if text:
            yield Identifier(namespace, text)


Taken = Receipt | ProblemError


async def take(call: Call, signals: Sequence[Signal | ProblemError]) -> list[Taken]:
    """Submit signals together and return what came of each, in order; raises ProblemError (503) when any was not taken.

    Nothing is lost by that: whoever sends the whole batch again changes nothing that was taken before.
    """
    engine = call.platform.engine
    futures: list[asyncio.Future[Answer]] = []
    try:
        futures.extend(engine.take(each) for each in signals if isinstance(each, Signal))
        answers = iter(await asyncio.gather(*futures))
    except UNAVAILABLE as error:
        await asyncio.gather(*futures, return_exceptions=True)
        raise unavailable(error) from error
    return [_taken(next(answers)) if isinstance(each, Signal) else each for each in signals]


def _taken(answer: Answer) -> Taken:
    return receipt(answer) if answer.refusal is None else refused(answer.refusal)
