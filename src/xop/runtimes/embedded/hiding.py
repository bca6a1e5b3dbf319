"""Hiding what a store of an older version has in clear where it is searched and listed, before anything is looked up."""

from xop.runtimes.embedded import desk, runs, timers
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Store

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


def hide_standings(store: Store, seals: Seals) -> None:
    """Seal what standings of runs and handovers say of customers, within a transaction."""
    standings = store.rows("""SELECT part, run, token, "key" FROM standings WHERE "key" <> ''""")
    store.each(
        'UPDATE standings SET "key" = ? WHERE part = ? AND run = ? AND token = ?',
        (
            (seals.closed_text(part, runs.place_of(part, run, token), key), part, run, token)
            for part, run, token, key in standings
        ),
    )
    store.each(
        "UPDATE handovers SET conversation = ?, intent = ? WHERE handover = ?",
        (
            (
                seals.closed_text(part, desk.place_of(handover, "conversation"), conversation),
                seals.closed_text(part, desk.place_of(handover, "intent"), intent),
                handover,
            )
            for handover, part, conversation, intent in store.rows(
                "SELECT handover, part, conversation, intent FROM handovers"
            )
        ),
    )
