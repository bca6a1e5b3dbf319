"""Files that are there whole or not at all, whatever happens while they are written."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from xop.ports.errors import StorageError

PRIVATE = 0o600
PUBLIC = 0o644


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into a `StorageError` that names it."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path}: the file cannot be used ({error.strerror}): check the folder and the disk"
        ) from error


def replace(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write a file durably in one go, in place of the one there was."""
    with told(path):
        place(draft(path, content, mode), path)
        settle((path.parent,))


def draft(path: Path, content: bytes, mode: int) -> Path:
    """Write what is to become a file durably beside it."""
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return beside


def place(beside: Path, path: Path) -> None:
    """Put a draft in its place."""
    beside.replace(path)


def settle(folders: Iterable[Path]) -> None:
    """Make the names in some folders durable."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def private_folder(path: Path) -> None:
    """Make a folder that only its owner may look into."""
    with told(path):
        if not path.is_dir():
            path.mkdir(mode=0o700, parents=True)
            settle((path.parent,))
