"""The database file: one connection that reads and writes on the loop's own thread."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import msgspec

from xop.runtimes.embedded.checkpoint import PATIENCE, Checkpointer
from xop.runtimes.embedded.errors import storage_error
from xop.runtimes.embedded.schema import migrate, steps

_SETTINGS = {
    "auto_vacuum": "NONE",
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "cache_size": -65_536,
    "journal_size_limit": 64 * 1024 * 1024,
    "temp_store": "MEMORY",
    "trusted_schema": "OFF",
}

Row = tuple[Any, ...]

_ENCODER = msgspec.json.Encoder()


class Store:
    """Runs statements; every failure is a `StorageError` that says what to do."""

    def __init__(self, path: Path, migrations: Sequence[str] | None = None) -> None:
        """Open or make the file at `path` and bring it to the present schema."""
        self.path = path
        try:
            self.connection = apsw.Connection(str(path), statementcachesize=200)
            try:
                self._cursor = self._prepared(steps() if migrations is None else migrations)
            except BaseException:
                self.connection.close()
                raise
        except apsw.Error as error:
            raise storage_error(error, path) from error
        self._checkpointer = Checkpointer(path)
        self.connection.set_wal_hook(self._checkpointer.committed)

    def _prepared(self, migrations: Sequence[str]) -> apsw.Cursor:
        self.connection.set_busy_timeout(PATIENCE)
        for name, value in _SETTINGS.items():
            self.connection.pragma(name, value)
        self.connection.wal_autocheckpoint(0)
        migrate(self.connection, migrations)
        return self.connection.cursor()

    def rows(self, sql: str, *bindings: Any) -> list[Row]:
        """Return all rows of one statement."""
        try:
            return self._cursor.execute(sql, bindings).fetchall()
        except apsw.Error as error:
            raise storage_error(error, self.path) from error

    def value(self, sql: str, *bindings: Any) -> Any:
        """Return the only value of the only row, None when there is none."""
        try:
            return self._cursor.execute(sql, bindings).get
        except apsw.Error as error:
            raise storage_error(error, self.path) from error

    def each(self, sql: str, bindings: Iterable[Sequence[Any]]) -> list[Row]:
        """Run one statement for each of `bindings` and return all rows, in that order."""
        try:
            return self._cursor.executemany(sql, bindings).fetchall()
        except apsw.Error as error:
            raise storage_error(error, self.path) from error

    def among(self, sql: str, asked: Sequence[Any]) -> list[Row]:
        """Run one statement over all of `asked`, which it reads as `json_each(?)`; its rows come in no particular order.

        That costs a third of a statement for each, every one of which would take and drop the locks of a reader.
        """
        return self.rows(sql, self.listed(asked)) if asked else []

    def listed(self, asked: Sequence[Any]) -> str:
        """Return what a statement reads as `json_each(?)`."""
        return _ENCODER.encode(asked).decode()

    @contextmanager
    def deleting(self) -> Iterator[None]:
        """Write zeros over whatever is deleted inside; what is deleted elsewhere was sealed or names nobody."""
        self.rows("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            self.rows("PRAGMA secure_delete = OFF")

    def dropped(self, sql: str, bindings: Sequence[Sequence[Any]]) -> int:
        """Delete by one statement for each of `bindings`, so that nothing of it is left on disk; return how many rows went."""
        with self.deleting():
            with self.transaction():
                gone = len(self.each(f"{sql} RETURNING 1", bindings))
            self.empty_log()
        return gone

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside durable together, or nothing of it."""
        self.rows("BEGIN IMMEDIATE")
        try:
            yield
            self.rows("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.rows("ROLLBACK")
            raise
        self._checkpointer.relieve(self.connection)

    def empty_log(self) -> None:
        """Move the write-ahead log into the database and cut it off, so that no earlier state of a page is left.

        While another program reads the store that cannot be; it is then tried again after every commit.
        """
        try:
            self._checkpointer.empty(self.connection)
        except apsw.Error as error:
            raise storage_error(error, self.path) from error

    def close(self) -> None:
        """Close the file, moving what is in the write-ahead log into the database."""
        self._checkpointer.stop()
        try:
            self.connection.close()
        except apsw.Error as error:
            raise storage_error(error, self.path) from error
