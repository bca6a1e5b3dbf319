"""A workspace folder as the commands use it: read, checked, and compared with what was published before."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from xop.assembly import KINDS
from xop.kernel.release import Release
from xop.workspace import Problem, compile_workspace, read_folder
from xop.workspace.folder import no_workspace, read_beside
from xop.workspace.invariants import FILE, read_invariants
from xop.workspace.scenarios.reading import scenario_problems


class Changes(Struct, frozen=True):
    """What differs between the files of two releases, by relative path."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def checked(folder: Path) -> Release | list[Problem]:
    """Return the release a folder gives, or every problem in it."""
    found = read_folder(folder)
    if (stray := no_workspace(folder)) is not None:
        return [stray]
    compiled = compile_workspace(found.files, KINDS)
    if isinstance(compiled, list):
        return sorted([*found.problems, *compiled])
    problems = [*found.problems, *scenario_problems(found.files, compiled), *_invariant_problems(folder, compiled)]
    return sorted(problems) if problems else compiled


def _invariant_problems(folder: Path, release: Release) -> list[Problem]:
    content = read_beside(folder, FILE)
    problems: list[Problem] = []
    if isinstance(content, Problem):
        return [content]
    if content is not None:
        read_invariants(content, release, problems)
    return problems


def compare(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Changes:
    """Return what differs between two sets of files."""
    return Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(path for path in before.keys() & after.keys() if before[path] != after[path])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )
