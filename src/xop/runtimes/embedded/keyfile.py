"""A key that a data folder keeps for itself, so that what was signed with it is known after a restart."""

import os
from contextlib import suppress
from pathlib import Path

from xop.ports.errors import StorageError

_BYTES = 32


def kept_key(path: Path) -> bytes:
    """Return the key in a file, making one when there is none; only the owner may read it. Raises `StorageError`."""
    try:
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
                file.write(os.urandom(_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: the key cannot be kept: {error.strerror}") from error
    if len(key) < _BYTES:
        raise StorageError(f"{path}: this is no key: remove the file, and links signed before are void")
    return key
