"""Hiding what a store of an older version has in clear: once, when it is first opened."""

from collections.abc import Callable, Iterator

from xop.runtimes.embedded import desk, directory, entries, evidence, outbox, runs, timers
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Row, Store

_SLICE = 5_000

Sealing = Callable[[Row, Seals], Row]
"""Gives the values that take the place of those in clear, and behind them the key of the row."""

_LINKS = """
CREATE TABLE links (
    namespace TEXT NOT NULL,
    value TEXT NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (namespace, value)
) STRICT, WITHOUT ROWID
"""


def hide_links(store: Store, seals: Seals) -> None:
    """Replace every identifier in the table of links by what stands for it, within a transaction."""
    links = store.rows("SELECT namespace, value, part FROM links")
    if not links:
        return
    # Dropped with secure deletion on, the old table leaves nothing readable in the pages it had.
    store.rows("DROP TABLE links")
    store.rows(_LINKS)
    hidden = sorted((namespace, seals.blind(namespace, value), part) for namespace, value, part in links)
    store.each("INSERT INTO links VALUES (?, ?, ?)", hidden)


def hide_timers(store: Store, seals: Seals) -> None:
    """Seal every timer, and keep its key as it is kept now, within a transaction."""
    rows = store.rows('SELECT part, "key", due, command FROM timers')
    store.rows("DELETE FROM timers")
    hidden = (timers.row_of(part, key, due, command, seals) for part, key, due, command in rows)
    store.each("INSERT INTO timers VALUES (?, ?, ?, ?)", hidden)


def seal_older(store: Store, seals: Seals) -> None:
    """Seal every row that an older version wrote in clear, then rewrite the file so that nothing else is left of them.

    A kill in between does no harm: rows sealed already are passed over when the store is opened next.
    """
    for select, update, sealing in _SEALINGS:
        for rows in _slices(store, select):
            with store.transaction():
                store.each(update, [sealing(row, seals) for row in rows])
    store.rows("VACUUM")
    with store.transaction():
        store.rows("UPDATE keeping SET sealed = 1")
    store.empty_log()


def _slices(store: Store, select: str) -> Iterator[list[Row]]:
    """Yield the rows of a table in clear, some at a time: those that were sealed meanwhile are not found again."""
    while rows := store.rows(select, _SLICE):
        yield rows


def _entry(row: Row, seals: Seals) -> Row:
    position, part, body = row
    return seals.closed(part, entries.place_of(position), body), position


def _proof(row: Row, seals: Seals) -> Row:
    number, part, body = row
    return seals.closed(part, evidence.place_of(number), body), number


def _snapshot(row: Row, seals: Seals) -> Row:
    part, state = row
    return seals.closed(part, directory.place_of(part), state), part


def _request(row: Row, seals: Seals) -> Row:
    number, part, invocation, request, detail = row
    said = seals.closed_text(part, outbox.place_of(invocation, "detail"), detail)
    return seals.closed(part, outbox.place_of(invocation, "request"), request), said, number


def _standing(row: Row, seals: Seals) -> Row:
    part, run, token, key = row
    return seals.closed_text(part, runs.place_of(part, run, token), key), part, run, token


def _handover(row: Row, seals: Seals) -> Row:
    handover, part, conversation, intent = row
    return (
        seals.closed_text(part, desk.place_of(handover, "conversation"), conversation) or _NONE,
        seals.closed_text(part, desk.place_of(handover, "intent"), intent),
        handover,
    )


_NONE = ""
