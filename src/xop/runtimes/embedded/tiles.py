"""The files of the log in a folder, as they are served."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from xop.ports.errors import StorageError
from xop.ports.log import CHECKPOINT
from xop.runtimes.embedded.succession import retire
from xop.runtimes.files import PUBLIC, draft, place, replace, settle, told

_LONGEST = 200
_PARTIAL = ".p"
"""How the folder of a tile's partial forms ends."""


class EmbeddedTiles:
    """Reads and writes files under one folder; the disk is waited for on another thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self, path: str) -> bytes | None:
        """Return a file, or None when there is none."""
        file = self._file(path)
        with told(file):
            try:
                return file.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None

    async def write(self, files: Mapping[str, bytes]) -> None:
        """Make files durable; one that is there already stays as it is. Raises `StorageError`."""
        asked = {self._file(path): content for path, content in files.items()}
        if self._folder / CHECKPOINT in asked:
            raise StorageError("a checkpoint is published, not written")
        await asyncio.to_thread(self._write, asked)

    async def publish(self, checkpoint: bytes) -> None:
        """Replace the checkpoint at once and durably. Raises `StorageError`."""
        await asyncio.to_thread(replace, self._folder / CHECKPOINT, checkpoint, PUBLIC)

    async def retire(self, successor: str) -> None:
        """Note durably that the log of another origin follows, from the next opening on. Raises `StorageError`."""
        await asyncio.to_thread(retire, self._folder, successor)

    def _write(self, files: Mapping[Path, bytes]) -> None:
        with told(self._folder):
            new = {file: content for file, content in files.items() if not file.exists()}
            folders = {folder for file in new for folder in self._make(file.parent)}
            drafts = [(draft(file, content, PUBLIC), file) for file, content in new.items()]
            for beside, file in drafts:
                place(beside, file)
            # A file that is there may come from an attempt that was cut short before its name was durable.
            settle(folders | {file.parent for file in files})
            for file in files:
                if not file.parent.name.endswith(_PARTIAL):
                    # Whoever asks for a partial tile takes the full one in its place.
                    shutil.rmtree(file.with_name(file.name + _PARTIAL), ignore_errors=True)

    def _make(self, folder: Path) -> list[Path]:
        """Make a folder and those it is in; return those whose names are new and so must become durable."""
        made: list[Path] = []
        while not folder.exists():
            made.append(folder)
            folder = folder.parent
        for each in reversed(made):
            each.mkdir(exist_ok=True)
        return [each.parent for each in made]

    def _file(self, path: str) -> Path:
        """Return the file of a path given by others, which must not lead out of the folder nor to a draft."""
        parts = PurePosixPath(path).parts
        clean = "/".join(parts) == path and len(path) <= _LONGEST and path.isprintable() and "\\" not in path
        if not parts or not clean or any(part.startswith((".", "/")) for part in parts):
            raise StorageError(f"{path[:_LONGEST]!r} is no path of the log: give one such as tile/0/000")
        return self._folder / path
