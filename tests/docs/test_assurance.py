"""The page of statements names every statement, and no test that does not exist."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guides" / "assurance.md"
SERIES = {"L": 12, "A": 10, "E": 6, "C": 9, "V": 7, "O": 3}
STATEMENTS = [f"{series}{number}" for series, most in SERIES.items() for number in range(1, most + 1)]
NOT_YET = "not yet"


@cache
def rows() -> dict[str, tuple[str, str]]:
    """Return what each statement says, and what shows it."""
    found = re.findall(r"^\| ([A-Z]\d+) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len({name for name, _, _ in found}) == len(found), "a statement stands there twice"
    return {name: (said, shown) for name, said, shown in found}


def named() -> Iterator[tuple[str, str, str]]:
    """Yield every test that the page names: the statement, the file and the test."""
    for statement, (_, shown) in rows().items():
        file = ""
        for name in re.findall(r"`([^`]+)`", shown):
            assert "::" in name, f"{statement} names {name!r}, which is no test"
            place, _, test = name.partition("::")
            file = place or file
            yield statement, file, test


@cache
def cases_of(file: str) -> frozenset[str]:
    """Return the tests of a file, found without running it."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_every_statement_is_on_the_page_and_no_other():
    assert list(rows()) == STATEMENTS


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_is_shown_by_tests_there_are_or_says_why_not(statement):
    said, shown = rows()[statement]
    assert said.strip()
    tests = [(file, test) for name, file, test in named() if name == statement]
    assert tests or shown.startswith(NOT_YET), f"nothing shows {statement}"
    for file, test in tests:
        assert (ROOT / file).is_file(), f"{statement}: there is no {file}"
        assert test in cases_of(file), f"{statement}: there is no {test} in {file}"
