"""What SQLite's errors mean to whoever runs the store."""

from pathlib import Path

import apsw

from xop.ports.errors import StorageError

_MEANINGS: dict[type[apsw.Error], str] = {
    apsw.FullError: "the disk is full: make room and try again",
    apsw.ReadOnlyError: "the store cannot be written: give this user write permission to the folder and its files",
    apsw.PermissionsError: "the store cannot be written: give this user write permission to the folder and its files",
    apsw.CantOpenError: "the store cannot be opened: check that the folder exists and that this user may write to it",
    apsw.IOError: "the disk failed or is full: check its health and the free space, then start again",
    apsw.CorruptError: "the store is damaged: restore the folder from a backup",
    apsw.NotADBError: "the file is not an XOP store: choose another data folder, or restore this one from a backup",
    apsw.BusyError: "another program holds the store: end whatever else has the database file open",
    apsw.LockedError: "another program holds the store: end whatever else has the database file open",
    apsw.NoMemError: "there is not enough memory",
    apsw.TooBigError: "a value is larger than the store can hold (1 GB)",
    apsw.ConstraintError: "the change contradicts what is stored already",
    apsw.ConnectionClosedError: "the store is closed",
    apsw.CursorClosedError: "the store is closed",
}


def storage_error(error: apsw.Error, path: Path) -> StorageError:
    """Return the port's error for one of SQLite's, with the file concerned and what to do about it."""
    for kind, meaning in _MEANINGS.items():
        if isinstance(error, kind):
            return StorageError(f"{path}: {meaning} ({error})")
    return StorageError(f"{path}: SQLite failed unexpectedly ({type(error).__name__}: {error})")
