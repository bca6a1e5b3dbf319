"""A workspace folder as the commands use it: read, checked, and compared with what was published before."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from xop.assembly import KINDS
from xop.kernel.release import Release
from xop.workspace import Problem, compile_workspace, read_folder


class Changes(Struct, frozen=True):
    """What differs between the files of two releases, by relative path."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def checked(folder: Path) -> Release | list[Problem]:
    """Return the release a folder gives, or every problem in it."""
    found = read_folder(folder)
    compiled = compile_workspace(found.files, KINDS)
    problems = found.problems + (compiled if isinstance(compiled, list) else [])
    return sorted(problems) if problems or isinstance(compiled, list) else compiled


def compare(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Changes:
    """Return what differs between two sets of files."""
    return Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(path for path in before.keys() & after.keys() if before[path] != after[path])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )
