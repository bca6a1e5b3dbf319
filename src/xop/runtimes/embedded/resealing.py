"""Sealing the rows that an older version wrote in clear: once, when its store is first opened."""

from collections.abc import Callable

from xop.runtimes.embedded import directory, entries, evidence, outbox
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Row, Store

_SLICE = 5_000


def seal_older(store: Store, seals: Seals) -> None:
    """Seal every row in clear, then rewrite the file so that nothing else is left of them.

    A kill in between does no harm: rows sealed already are passed over when the store is opened next.
    """
    for select, update, sealing in _SEALINGS:
        last = -1
        while rows := store.rows(select, last, _SLICE):
            with store.transaction():
                store.each(update, [sealing(row, seals) for row in rows])
            last = rows[-1][0]
    store.rows("VACUUM")
    with store.transaction():
        store.rows("UPDATE keeping SET sealed = 1")
    store.empty_log()


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


_SEALINGS: tuple[tuple[str, str, Callable[[Row, Seals], Row]], ...] = (
    (
        """
SELECT position, part, body FROM ledger
WHERE position > ? AND substr(body, 1, 1) <> x'01' ORDER BY position LIMIT ?
""",
        "UPDATE ledger SET body = ? WHERE position = ?",
        _entry,
    ),
    (
        """
SELECT number, part, body FROM evidence
WHERE number > ? AND substr(body, 1, 1) <> x'01' ORDER BY number LIMIT ?
""",
        "UPDATE evidence SET body = ? WHERE number = ?",
        _proof,
    ),
    (
        "SELECT part, state FROM snapshots WHERE part > ? AND substr(state, 1, 1) <> x'01' ORDER BY part LIMIT ?",
        "UPDATE snapshots SET state = ? WHERE part = ?",
        _snapshot,
    ),
    (
        """
SELECT number, part, invocation, request, detail FROM outbox
WHERE number > ? AND substr(request, 1, 1) <> x'01' ORDER BY number LIMIT ?
""",
        "UPDATE outbox SET request = ?, detail = ? WHERE number = ?",
        _request,
    ),
)
