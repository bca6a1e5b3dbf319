"""The disk: what one durable commit costs on it right now, whoever makes it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from time import perf_counter

from benchmarks.load.figures import percentile

_COMMITS = 300
_BYTES = 2_000
"""About what a step of the platform writes."""


def commit_ms(folder: Path) -> float:
    """Return the median of single commits of SQLite in WAL mode, each synced, in milliseconds."""
    spent = []
    with closing(sqlite3.connect(folder / "yardstick.db")) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA synchronous=FULL")
        store.execute("CREATE TABLE IF NOT EXISTS written (text TEXT)")
        for _ in range(_COMMITS):
            began = perf_counter()
            store.execute("INSERT INTO written VALUES (?)", ("x" * _BYTES,))
            store.commit()
            spent.append((perf_counter() - began) * 1000)
    return percentile(sorted(spent), 0.5)
