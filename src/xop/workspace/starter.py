"""The starter: a small commented workspace to begin with."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def starter_files() -> dict[str, bytes]:
    """Return the starter's files by relative path, its read-me file included."""
    return dict(_files(files("xop.workspace") / "starter", ""))


def write_starter(folder: Path) -> list[Path]:
    """Write the starter into a new or empty folder and return the files written, in order of their names.

    Raises FileExistsError for a folder that holds anything, and OSError when it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not empty, and nothing in it is overwritten")
    written: list[Path] = []
    for name, content in sorted(starter_files().items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return written


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _files(each, f"{prefix}{each.name}/")
        elif not each.name.startswith("."):
            yield f"{prefix}{each.name}", each.read_bytes()
