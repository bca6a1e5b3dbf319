"""The statements that write every list of a batch other than its entries."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from xop.ports.batch import Batch, HandoverChange, RunChange
from xop.ports.desk import DeskStanding
from xop.ports.outbox import OutboxChange, OutboxEntry
from xop.ports.timers import Timer
from xop.runtimes.embedded import desk, directory, outbox, runs, timers
from xop.runtimes.embedded.parts import Place
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Store

Rows = list[tuple[Any, ...]]
Statement = tuple[str, Rows]
"""One statement and what to bind to it, once for each row."""

_ENCODER = msgspec.json.Encoder()

_LINK = "INSERT INTO links VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET part = excluded.part"
_HEAD = "UPDATE parts SET customer = ? WHERE number = ? AND customer IS NOT NULL"
_APART = "INSERT INTO apart VALUES (?, ?) ON CONFLICT DO NOTHING"
_TOGETHER = "DELETE FROM apart WHERE one = ? AND other = ?"
_TIMER_GONE = 'DELETE FROM timers WHERE part = ? AND "key" = ?'
_TIMER_FIRED = 'DELETE FROM timers WHERE part = ? AND "key" = ? AND due = ?'
_TIMER = (
    "INSERT INTO timers VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET due = excluded.due, command = excluded.command"
)
_OUTBOX_ENTRY = """
INSERT INTO outbox (invocation, part, action, connection, "release", request, state, due, created, attempt, detail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (invocation) DO UPDATE SET part = excluded.part, action = excluded.action, connection = excluded.connection,
"release" = excluded."release", request = excluded.request, state = excluded.state, due = excluded.due,
attempt = excluded.attempt, detail = excluded.detail
"""
_OUTBOX_CHANGE = """
UPDATE outbox SET state = ?, due = ?, attempt = coalesce(?, attempt), detail = coalesce(?, detail) WHERE invocation = ?
"""
_OWNERS = """
SELECT outbox.invocation, outbox.part FROM json_each(?) AS asked CROSS JOIN outbox ON outbox.invocation = asked.value
"""
_STATION = """
INSERT INTO stations (journey, version, step, waits, aside, tokens) VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING
"""
_STANDING = """
INSERT INTO standings (part, run, token, station, sought, "key", since, due, "on", at)
SELECT ?1, ?2, ?3, number, waits = 'person' OR aside, ?4, ?5, ?6, ?7, ?8 FROM stations
WHERE journey = ?9 AND version = ?10 AND step = ?11 AND waits = ?12 AND aside = ?13
ON CONFLICT DO UPDATE SET station = excluded.station, sought = excluded.sought, "key" = excluded."key", since = excluded.since,
due = excluded.due, "on" = excluded."on", at = excluded.at
"""
_STANDINGS_GONE = """
DELETE FROM standings WHERE part = ? AND run = ? AND token NOT IN (SELECT value FROM json_each(?))
"""
_HANDOVER = """
INSERT INTO handovers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET queue = excluded.queue,
status = excluded.status, since = excluded.since, due = excluded.due, "by" = excluded."by"
"""
_HANDOVER_GONE = "DELETE FROM handovers WHERE handover = ?"
_SNAPSHOT = """
INSERT INTO snapshots VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, state = excluded.state
"""


def statements(batch: Batch, places: Mapping[str, Place], seals: Seals, store: Store) -> Iterator[Statement]:
    """Yield what to run after the entries are written, in order."""
    if batch.links:
        links = ((each.identifier, places[each.part].number) for each in batch.links)
        yield _LINK, [(each.namespace, seals.blind(each.namespace, each.value), number) for each, number in links]
    if batch.heads:
        yield (
            _HEAD,
            [(places[each.customer].number, places[each.part].number) for each in batch.heads if each.part in places],
        )
    for change in batch.apart:
        pair = sorted((places[change.one].number, places[change.other].number))
        yield _APART if change.apart else _TOGETHER, [tuple(pair)]
    if batch.timers_gone:
        yield (
            _TIMER_GONE,
            [(places[part].number, seals.timer(key)) for part, key in batch.timers_gone if part in places],
        )
    if batch.timers_fired:
        fired = [
            (places[part].number, seals.timer(key), due) for part, key, due in batch.timers_fired if part in places
        ]
        yield _TIMER_FIRED, fired
    if batch.timers:
        yield _TIMER, [_timer_row(each, places, seals) for each in batch.timers]
    if batch.runs:
        yield from _run_statements(batch.runs, places, seals)
    yield from _handover_statements(batch.handovers, places, seals)
    owners = _owners(batch.outbox, places, store)
    for kind, group in groupby(batch.outbox, type):
        rows = [_outbox_row(each, owners, seals) for each in group]
        yield _OUTBOX_ENTRY if kind is OutboxEntry else _OUTBOX_CHANGE, rows
    if batch.snapshots:
        kept = ((places[each.part].number, each) for each in batch.snapshots)
        yield (
            _SNAPSHOT,
            [(part, each.seq, seals.closed(part, directory.place_of(part), each.state)) for part, each in kept],
        )


def _timer_row(timer: Timer, places: Mapping[str, Place], seals: Seals) -> tuple[Any, ...]:
    return timers.row_of(places[timer.part].number, timer.key, timer.due, _ENCODER.encode(timer.command), seals)


def _run_statements(moved: Sequence[RunChange], places: Mapping[str, Place], seals: Seals) -> Iterator[Statement]:
    """Yield what replaces the standings of runs; those that stay in place are changed there, which costs no index."""
    changes = {(change.part, change.run): change for change in moved if change.part in places}.values()
    rows: Rows = []
    stations: dict[tuple[Any, ...], None] = {}
    for change in changes:
        number = places[change.part].number
        for each in change.standings:
            station = (each.journey, each.version, each.step, each.waits, each.aside)
            stations[station] = None
            key = seals.closed_text(number, runs.place_of(number, change.run, each.token), each.key)
            rows.append(
                (number, change.run, each.token, key, each.since, each.due, each.on, each.at, *station),
            )
    yield _STATION, list(stations)
    yield _STANDING, rows
    yield _STANDINGS_GONE, [_gone_row(change, places) for change in changes]


def _gone_row(change: RunChange, places: Mapping[str, Place]) -> tuple[Any, ...]:
    kept = _ENCODER.encode([each.token for each in change.standings]).decode()
    return places[change.part].number, change.run, kept


def _handover_statements(
    handovers: Sequence[HandoverChange], places: Mapping[str, Place], seals: Seals
) -> Iterator[Statement]:
    changes = {change.handover: change.standing for change in handovers}
    if not changes:
        return
    yield _HANDOVER_GONE, [(name,) for name, each in changes.items() if each is None]
    yield _HANDOVER, [_handover_row(each, places, seals) for each in changes.values() if each is not None]


def _handover_row(each: DeskStanding, places: Mapping[str, Place], seals: Seals) -> tuple[Any, ...]:
    part = places[each.part].number
    return (
        each.handover,
        part,
        seals.closed_text(part, desk.place_of(each.handover, "conversation"), each.conversation),
        each.queue,
        each.status,
        not each.urgent,
        seals.closed_text(part, desk.place_of(each.handover, "intent"), each.intent),
        each.language,
        each.at,
        each.since,
        each.due,
        each.by,
    )


def _owners(changes: Sequence[OutboxEntry | OutboxChange], places: Mapping[str, Place], store: Store) -> dict[str, int]:
    """Return the numbers of the parts whose requests are added, or get a detail that is to be sealed."""
    asked = [each.invocation for each in changes if isinstance(each, OutboxChange) and each.detail]
    owners: dict[str, int] = dict(store.among(_OWNERS, asked))
    owners.update({each.invocation: places[each.part].number for each in changes if isinstance(each, OutboxEntry)})
    return owners


def _outbox_row(entry: OutboxEntry | OutboxChange, owners: Mapping[str, int], seals: Seals) -> tuple[Any, ...]:
    part = owners.get(entry.invocation)
    detail = entry.detail
    if detail and part is not None:
        detail = seals.closed_text(part, outbox.place_of(entry.invocation, "detail"), detail)
    if isinstance(entry, OutboxChange):
        return entry.state, entry.due, entry.attempt, detail, entry.invocation
    part = owners[entry.invocation]
    return (
        entry.invocation,
        part,
        entry.action,
        entry.connection,
        entry.release,
        seals.closed(part, outbox.place_of(entry.invocation, "request"), entry.request),
        entry.state,
        entry.due,
        entry.created,
        entry.attempt,
        detail,
    )
