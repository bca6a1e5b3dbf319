"""Reads a workspace folder from disk."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from xop.workspace.layout import KINDS, LONGEST_FILE, MOST_BYTES, MOST_FILES, PATTERNS, is_ignored, kind_of
from xop.workspace.problem import Problem, nearest

_FOLDERS = frozenset(kind.pattern.split("/")[0] for kind in KINDS if "/" in kind.pattern)

_SETTINGS = "workspace.toml"
_MOST_NAMED = 3


class Folder(Struct, frozen=True):
    """What was found in a folder."""

    files: dict[str, bytes]
    """The workspace's files by relative path with `/`."""
    problems: list[Problem]
    """What does not belong there or cannot be read."""


def read_folder(folder: Path) -> Folder:
    """Return the files of a workspace folder; nothing outside the folder is read, and nothing is raised."""
    problems: list[Problem] = []
    files: dict[str, bytes] = {}
    if not folder.is_dir():
        problems.append(Problem(str(folder), 0, "there is no such folder", "name a workspace folder"))
    elif (stray := no_workspace(folder)) is not None:
        # Whatever lies here is another's: a problem for each file would say nothing.
        return Folder({}, [stray])
    for path in _paths(folder, problems):
        content = _content(folder, path)
        if isinstance(content, Problem):
            problems.append(content)
            continue
        files[path] = content
        if (excess := too_much(files)) is not None:
            problems.append(excess)
            break
    return Folder(files, problems)


def no_workspace(folder: Path) -> Problem | None:
    """Return the problem of a folder without workspace.toml, with the folders below it that have one; None otherwise."""
    if not folder.is_dir() or os.path.lexists(folder / _SETTINGS):
        return None
    remedy = 'add workspace.toml with at least: name = "..."'
    try:
        below = sorted(path.parent.name for path in folder.glob(f"*/{_SETTINGS}") if not is_ignored(path.parent.name))
    except OSError:
        below = []
    if below:
        named = " or ".join(f"{folder}/{name}" for name in below[:_MOST_NAMED])
        remedy = f"did you mean {named}?"
    return Problem(_SETTINGS, 0, "this is no workspace: it has no workspace.toml", remedy)


def read_beside(folder: Path, path: str) -> bytes | Problem | None:
    """Return a file that lies beside the release, such as `invariants.yaml`; None when there is none."""
    return _content(folder, path) if os.path.lexists(folder / path) else None


def too_much(files: Mapping[str, bytes]) -> Problem | None:
    """Return the problem of a workspace with too many files or bytes, or None."""
    if len(files) > MOST_FILES:
        return Problem("workspace.toml", 0, f"the workspace has more than {MOST_FILES} files", "split the workspace")
    if sum(map(len, files.values())) > MOST_BYTES:
        return Problem("workspace.toml", 0, f"the workspace has more than {MOST_BYTES} bytes", "split the workspace")
    return None


def _paths(folder: Path, problems: list[Problem]) -> Iterator[str]:
    for root, folders, names in os.walk(folder, followlinks=False):
        place = Path(root).relative_to(folder)
        within = [(place / name).as_posix() for name in sorted(folders)]
        folders[:] = [
            path.rpartition("/")[2] for path in within if not is_ignored(path) and _enters(folder, path, problems)
        ]
        for name in sorted(names):
            path = (place / name).as_posix()
            if is_ignored(path):
                continue
            if kind_of(path) is None:
                problems.append(unknown_file(path))
            else:
                yield path


def unknown_file(path: str) -> Problem:
    """Return the problem of a file that is no part of a workspace."""
    return Problem(path, 0, "a workspace has no such file", _replaced(path, PATTERNS.split(", ")))


def _replaced(path: str, known: Collection[str]) -> str:
    remedy = nearest(path, known)
    return f"{remedy}{'' if remedy.endswith('?') else '.'} Begin its name with a dot to have it ignored."


def _enters(folder: Path, path: str, problems: list[Problem]) -> bool:
    if (folder / path).is_symlink():
        problems.append(Problem(path, 0, "the folder is a link", "put the folder itself there"))
        return False
    if path not in _FOLDERS:
        problems.append(Problem(path, 0, "a workspace has no such folder", _replaced(path, _FOLDERS)))
        return False
    return True


def _content(folder: Path, path: str) -> bytes | Problem:
    file = folder / path
    try:
        if not file.resolve().is_relative_to(folder.resolve()):
            return Problem(path, 0, "the file is a link that leaves the folder", "put the file itself there")
        if not stat.S_ISREG(file.stat().st_mode):
            return Problem(path, 0, "this is no ordinary file", "put a text file there")
        with file.open("rb") as stream:
            content = stream.read(LONGEST_FILE + 1)
    except (OSError, RuntimeError) as error:
        said = getattr(error, "strerror", None) or "the link leads nowhere"
        return Problem(path, 0, f"the file cannot be read: {said.lower()}", "make it readable")
    return content if len(content) <= LONGEST_FILE else too_long(path)


def too_long(path: str) -> Problem:
    """Return the problem of a file beyond the size limit."""
    return Problem(path, 0, f"the file is longer than {LONGEST_FILE} bytes", "split it into several files")
