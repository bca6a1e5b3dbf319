"""Links of a store that an older version wrote: their identifiers are in clear until they are hidden."""

from xop.kernel.identity.model import Identifier
from xop.runtimes.embedded.identifiers import Blind
from xop.runtimes.embedded.store import Store

_COPY = """
CREATE TABLE links (
    namespace TEXT NOT NULL,
    value TEXT NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (namespace, value)
) STRICT, WITHOUT ROWID
"""


def hide_links(store: Store, blind: Blind) -> None:
    """Replace every identifier in the table of links by what stands for it, within a transaction."""
    links = store.rows("SELECT namespace, value, part FROM links")
    if not links:
        return
    # Dropped with secure deletion on, the old table leaves nothing readable in the pages it had.
    store.rows("DROP TABLE links")
    store.rows(_COPY)
    hidden = sorted((namespace, blind(Identifier(namespace, value)), part) for namespace, value, part in links)
    store.each("INSERT INTO links VALUES (?, ?, ?)", hidden)
