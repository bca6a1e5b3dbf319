"""A workspace that compiles, and ways to break it."""

from collections.abc import Mapping

from xop.assembly import KINDS
from xop.kernel.release import Release
from xop.workspace import Problem, compile_workspace, starter_files

MINIMAL = {"workspace.toml": b'name = "minimal"\n'}


def compiled(files: Mapping[str, bytes]) -> Release:
    """Return the release of files that have no problems."""
    release = compile_workspace(files, KINDS)
    assert isinstance(release, Release), "\n".join(map(str, release))
    return release


def problems_of(files: Mapping[str, bytes]) -> list[Problem]:
    """Return the problems of files that have some."""
    problems = compile_workspace(files, KINDS)
    assert isinstance(problems, list), "the files compile"
    assert problems
    return problems


def with_text(**texts: str) -> dict[str, bytes]:
    """Return the minimal workspace with more files: `purposes_yaml="..."` is purposes.yaml, `__` stands for `/`."""
    named = {name.replace("__", "/"): text for name, text in texts.items()}
    return MINIMAL | {".".join(name.rsplit("_", 1)): text.encode() for name, text in named.items()}


def edited(path: str, old: str, new: str) -> dict[str, bytes]:
    """Return the starter with one passage of one file written otherwise."""
    files = starter_files()
    text = files[path].decode()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    return files | {path: text.replace(old, new).encode()}


def line_of(files: Mapping[str, bytes], path: str, marker: str) -> int:
    """Return the number of the first line that holds the marker."""
    lines = files[path].decode().splitlines()
    return next(number for number, line in enumerate(lines, 1) if marker in line)
