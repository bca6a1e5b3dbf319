"""Ownership of a data folder: one process at a time."""

import fcntl
import os
from pathlib import Path

from xop.ports.errors import StorageError


class FolderLock:
    """Holds a data folder until released; the operating system releases it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, making it when missing; raises `StorageError` when another runtime has it or it cannot be used."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(folder / "xop.lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StorageError(
                f"{folder}: the data folder cannot be used ({error.strerror}): choose a folder this user may write to"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 20, 0).decode(errors="replace").strip()
            os.close(self._file)
            raise StorageError(
                f"{folder}: the data folder is in use by process {holder or 'unknown'}: stop it or choose another folder"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the folder go; doing so again changes nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
