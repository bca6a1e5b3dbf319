"""Moves the write-ahead log into the database beside the writer, and keeps the log from growing without bound."""

import logging
import threading
from pathlib import Path

import apsw

_LOG = logging.getLogger(__name__)

NUDGE = 4_000
"""Log pages (4 kB each) not moved yet from which the second connection moves them."""
RESTART = 16_000
"""Log pages from which the writer looks for a cheap moment to let the log start over."""
LIMIT = 64_000
"""Log pages at which the writer lets the log start over whatever it takes."""
PATIENCE = 1_000
"""Milliseconds that a statement waits for another program."""
_CHEAP = 500
"""Pages the writer moves itself to let the log start over; more of them, the longer the log."""


class Checkpointer:
    """A thread with a connection of its own; the writer tells it about every commit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pages = 0
        self._moved = 0
        self._owed = False
        """Whether the log still has to be emptied, since another program read the store."""
        self._moving = threading.Lock()
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="xop-checkpoint", daemon=True)
        self._thread.start()

    def committed(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        """Note how long the log is; SQLite calls this after every commit."""
        if pages < self._pages:
            self._moved = 0
        self._pages = pages
        if pages - self._moved >= (NUDGE if pages < RESTART else _CHEAP // 2):
            self._wake.set()
        return apsw.SQLITE_OK

    def relieve(self, writer: apsw.Connection) -> None:
        """Let the log start over when it is long and that is cheap, or when it is too long.

        A log starts over once everything in it was moved, which a second connection beside a busy writer never achieves.
        """
        if self._owed:
            self._empty_at_once(writer)
        if self._pages < RESTART:
            return
        if self._pages >= LIMIT:
            self._move(writer, apsw.SQLITE_CHECKPOINT_RESTART)
        elif self._pages - self._moved <= _CHEAP * (self._pages // RESTART) ** 2:
            self._move(writer, apsw.SQLITE_CHECKPOINT_PASSIVE)

    def empty(self, writer: apsw.Connection) -> None:
        """Move all of the log and cut it off; while another program reads it cannot be, and is after the next commits."""
        with self._moving:
            try:
                writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            except apsw.BusyError:
                if not self._owed:
                    _LOG.warning(
                        "%s: another program reads the store: what was erased stays in its log so long", self._path
                    )
                self._owed = True
            else:
                self._owed = False

    def _empty_at_once(self, writer: apsw.Connection) -> None:
        """Empty the log if nobody reads just now: a commit does not wait for another program."""
        writer.set_busy_timeout(0)
        try:
            self.empty(writer)
        except apsw.Error as error:
            self._warn(error)
        finally:
            writer.set_busy_timeout(PATIENCE)

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        connection: apsw.Connection | None = None
        while not self._stopping.is_set():
            self._wake.wait()
            if not self._stopping.is_set() and (connection := connection or self._connect()):
                with self._moving:
                    self._move(connection, apsw.SQLITE_CHECKPOINT_PASSIVE)
            # Commits that came meanwhile did not know how much was being moved; the next one wakes again if need be.
            self._wake.clear()
        if connection:
            connection.close()

    def _connect(self) -> apsw.Connection | None:
        try:
            connection = apsw.Connection(str(self._path))
            # A connection that has read nothing yet does not know of the log, and would move nothing.
            connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
        except apsw.Error as error:
            self._warn(error)
            return None
        return connection

    def _move(self, connection: apsw.Connection, mode: int) -> None:
        try:
            self._moved = connection.wal_checkpoint(mode=mode)[1]
        except apsw.BusyError:
            return  # the other connection is at it just now
        except apsw.Error as error:
            self._warn(error)

    def _warn(self, error: apsw.Error) -> None:
        # Nothing is lost, since the log holds it all; but it grows until the disk is full.
        _LOG.warning("%s: the write-ahead log could not be moved into the database: %s", self._path, error)
