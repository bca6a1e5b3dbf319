"""The succession of logs in a data folder: one that is closed keeps its files, and another takes its place."""

from pathlib import Path

from xop.ports.log import CHECKPOINT, CLOSED
from xop.runtimes.files import PUBLIC, replace, settle, told

SUCCESSOR, ORIGIN = "successor", "origin"


def retire(folder: Path, successor: str) -> None:
    """Note durably what the log is called from the next opening on. Raises `StorageError`."""
    replace(folder / SUCCESSOR, f"{successor}\n".encode(), PUBLIC)


def finish_succession(folder: Path) -> None:
    """Put a log that was retired aside, and name the one that follows; a kill in between changes nothing."""
    note = folder / SUCCESSOR
    with told(folder):
        if not note.exists():
            return
        successor = note.read_bytes()
        if not _named(folder, successor):
            closed = _closed(folder)
            closed.mkdir(parents=True, exist_ok=True)
            for name in (CHECKPOINT, "tile", ORIGIN):
                if (folder / name).exists():
                    (folder / name).replace(closed / name)
            settle((closed, closed.parent, folder))
            replace(folder / ORIGIN, successor, PUBLIC)
        note.unlink()
        settle((folder,))


def _named(folder: Path, successor: bytes) -> bool:
    return (folder / ORIGIN).exists() and (folder / ORIGIN).read_bytes() == successor


def _closed(folder: Path) -> Path:
    """Return where the log goes: a new folder, or the one into which a kill let only a part of it get, its name last."""
    number = 1
    while (folder / CLOSED / str(number) / ORIGIN).exists():
        number += 1
    return folder / CLOSED / str(number)
