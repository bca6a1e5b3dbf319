"""The yardstick of a durable store: the same bytes merely appended, in the same groups, by the same kind of connection."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

import apsw

from xop.runtimes.embedded.store import Store

Row = tuple[Any, ...]

_BODIES = "CREATE TABLE bodies (position INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
_ROWS = """
CREATE TABLE ledger (
    position INTEGER PRIMARY KEY, part INTEGER NOT NULL, seq INTEGER NOT NULL, previous INTEGER NOT NULL,
    command BLOB NOT NULL, decision TEXT, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX commands ON ledger (command);
"""


def recorded(database: Path, moments: Mapping[int, int]) -> list[list[Row]]:
    """Return the rows of a ledger at some positions, in the groups in which they were committed, given when each was stepped.

    A group is what was stepped at one moment. Groups taken within one millisecond count as one.
    """
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    rows: list[Row] = connection.execute(
        "SELECT position, part, seq, previous, command, decision, body FROM ledger WHERE position >= ? ORDER BY position",
        (min(moments),),
    ).fetchall()
    connection.close()
    known = (row for row in rows if row[0] in moments)
    return [list(group) for _, group in groupby(known, key=lambda row: moments[row[0]])]


def append_bodies(file: Path, groups: Sequence[Sequence[Row]]) -> float:
    """Append the bodies alone to one table; return the seconds that took."""
    bodies = [[(row[0], row[-1]) for row in group] for group in groups]
    return _append(file, _BODIES, "INSERT INTO bodies VALUES (?, ?)", bodies)


def append_rows(file: Path, groups: Sequence[Sequence[Row]]) -> float:
    """Append the whole rows to one table with an index that keeps command ids unique; return the seconds that took."""
    return _append(file, _ROWS, "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", groups)


def _append(file: Path, schema: str, statement: str, groups: Sequence[Sequence[Row]]) -> float:
    store = Store(file, (schema,))
    began = perf_counter()
    for group in groups:
        with store.transaction():
            store.each(statement, group)
    spent = perf_counter() - began
    store.close()
    return spent
