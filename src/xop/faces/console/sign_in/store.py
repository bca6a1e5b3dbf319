"""The store of signing in: accounts, passkeys and sessions, in a small file of the data folder beside the ledger."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

STORE_FILE = "console.db"

_OWN = 0o600
"""Nobody but the user that the server runs as; the files that SQLite puts beside it are made the same way."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    operator TEXT PRIMARY KEY, password TEXT NOT NULL DEFAULT '', changed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invitations (
    digest TEXT PRIMARY KEY, operator TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY, operator TEXT NOT NULL, seen INTEGER NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS handles (operator TEXT PRIMARY KEY, handle BLOB NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passkeys (
    id TEXT PRIMARY KEY, operator TEXT NOT NULL, count INTEGER NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pauses (
    key TEXT PRIMARY KEY, failures INTEGER NOT NULL, until INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pauses_by_age ON pauses (last);
"""


class Store:
    """Keeps what signing in needs; what a method returned from is on disk."""

    def __init__(self, folder: Path) -> None:
        path = folder / STORE_FILE
        made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWN)
        try:
            os.fchmod(made, _OWN)
        finally:
            os.close(made)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA secure_delete=ON")
            self._connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise OSError(f"{path.name} cannot be read: {error}") from error

    def rows(self, statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        """Return what a statement finds or gives back."""
        with closing(self._connection.execute(statement, values)) as cursor:
            return cursor.fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
