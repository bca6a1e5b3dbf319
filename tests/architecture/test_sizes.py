"""Files, functions, parameter lists and folders stay small enough to read in one go."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "tests", "benchmarks", "examples", "scripts")
SUFFIXES = {"", ".py", ".sh", ".html", ".css", ".js", ".cedar", ".yaml", ".toml"}

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
MAX_FOLDER_DEPTH = 3
MAX_POSITIONAL = 6

EXCEPTIONS: frozenset[str] = frozenset()
"""Paths that may break a limit. Empty, and meant to stay so: split the file instead."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_file(source: str) -> list[str]:
    lines = len(source.splitlines())
    return [f"has {lines} lines, at most {MAX_FILE_LINES}"] if lines > MAX_FILE_LINES else []


def long_functions(source: str) -> list[str]:
    return [
        f"{name} has {lines} lines, at most {MAX_FUNCTION_LINES}"
        for name, node in functions(ast.parse(source))
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def wide_functions(source: str) -> list[str]:
    return [
        f"{name} takes {count} positional parameters, at most {MAX_POSITIONAL}: make the rest keyword-only"
        for name, node in functions(ast.parse(source))
        if (count := positional(node)) > MAX_POSITIONAL
    ]


def functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    return ((node.name, node) for node in ast.walk(tree) if isinstance(node, Function))


def positional(node: Function) -> int:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def files(*folders: str, suffixes: set[str]) -> list[Path]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return sorted(
        path
        for path in found
        if path.is_file()
        and path.suffix in suffixes
        and "__pycache__" not in path.parts
        and path.relative_to(ROOT).as_posix() not in EXCEPTIONS
    )


def complaints(check, paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT).as_posix()}: {problem}"
        for path in paths
        for problem in check(path.read_text(encoding="utf-8"))
    ]


def test_no_file_is_too_long():
    assert complaints(long_file, files(*FOLDERS, suffixes=SUFFIXES)) == []


def test_no_function_is_too_long():
    assert complaints(long_functions, files(*FOLDERS, suffixes={".py"})) == []


def test_no_function_takes_too_many_positional_parameters():
    assert complaints(wide_functions, files("src", "benchmarks", "examples", suffixes={".py"})) == []


def test_folders_are_not_nested_too_deep():
    package = ROOT / "src" / "xop"
    folders = {path.parent.relative_to(package) for path in files("src/xop", suffixes=SUFFIXES)}
    assert [folder.as_posix() for folder in folders if len(folder.parts) > MAX_FOLDER_DEPTH] == []


@pytest.mark.parametrize(
    ("check", "allowed", "refused"),
    [
        (long_file, "\n" * 500, "\n" * 501),
        (long_functions, "def f():\n" + "    f()\n" * 59, "def f():\n" + "    f()\n" * 60),
        (long_functions, "class A:\n" + " b = 1\n" * 90, "class A:\n async def f(self):\n" + "  f()\n" * 60),
        (wide_functions, "def f(a, b, c, d, e, f, *, g): 1", "def f(a, b, c, d, e, f, g): 1"),
        (wide_functions, "class A:\n def f(self, a, b, c, d, e, f): 1", "def f(a, b, c, /, d, e, f, g): 1"),
    ],
)
def test_a_limit_is_crossed_by_one_more(check, allowed, refused):
    assert check(allowed) == []
    assert len(check(refused)) == 1
