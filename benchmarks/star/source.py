"""Reads the recorded dialogues of a folder, whatever it calls its parts and whether they are packed or not."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

PATTERNS = ("dialogues*.jsonl.gz", "dialogues*.jsonl")


def read_dialogues(folder: Path, limit: int | None = None) -> list[dict[str, Any]]:
    """Return the dialogues of a file, of `folder` or of its `star` folder, at most `limit`; one told twice counts once.

    Ends the program with what is missing when there are none.
    """
    found: dict[str, dict[str, Any]] = {}
    for file in _files(folder):
        for dialogue in _lines(file):
            if limit is not None and len(found) >= limit:
                return list(found.values())
            name = str(dialogue.setdefault("DialogueID", f"unnumbered-{len(found)}"))
            found.setdefault(name, dialogue)
    return list(found.values())


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    for place in (folder, folder / "star"):
        files = [file for pattern in PATTERNS for file in sorted(place.glob(pattern))]
        if files:
            return files
    raise SystemExit(f"There is no {' or '.join(PATTERNS)} in {folder} or {folder / 'star'}")


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with _opened(file) as lines:
        for line in lines:
            dialogue = json.loads(line) if line.strip() else None
            if isinstance(dialogue, dict):
                yield dialogue


def _opened(file: Path) -> IO[str]:
    return gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8")
