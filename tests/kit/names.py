"""Names: what the pages of the console read from an address or a form, as their source has it."""

import ast
import re
from functools import cache
from importlib import import_module
from inspect import getsource

from xop.faces.console.page import Act, Page

_OWN = "xop.faces.console."

_FRAME = frozenset({"page", "visit", "words", "layout", "wire", "rendering", "desk", "asking", "endpoint", "pages"})
"""Modules that all pages have in common."""

_NAME = re.compile(r"[a-z][a-z_.:]{0,30}")


def names_read(part: Page | Act) -> frozenset[str]:
    """Return the names that a page looks for in its query, or a form's module among what was sent."""
    return _named(part.view.__module__, of_form=isinstance(part, Act), deep=isinstance(part, Page))


@cache
def _named(module: str, *, of_form: bool, deep: bool) -> frozenset[str]:
    tree = ast.parse(getsource(import_module(module)))
    found = {name for node in ast.walk(tree) for name in _read(node, of_form=of_form)}
    if deep:
        for each in _imported(tree):
            found |= _named(each, of_form=of_form, deep=False)
    return frozenset(found)


def _read(node: ast.AST, *, of_form: bool) -> list[str]:
    """Return the names in `query.get("a")`, `query["a"]`, `field("a")`, `"a" in query`, `_ASKED = ("a",)`, `for x in ("a",)`."""
    told: list[ast.expr] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        in_query = node.func.attr == "get" and ast.unparse(node.func.value).endswith("query")
        told = node.args[:1] if (node.func.attr in {"field", "fields"} if of_form else in_query) else []
    elif isinstance(node, ast.Subscript):
        told = [node.slice] if ast.unparse(node.value).endswith("form" if of_form else "query") else []
    elif isinstance(node, ast.Compare) and not of_form:
        told = [node.left] if ast.unparse(node.comparators[0]).endswith("query") else []
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and _is_asked(node.targets[0]):
        told = node.value.elts
    elif isinstance(node, ast.comprehension) and isinstance(node.iter, ast.Tuple) and not of_form:
        told = node.iter.elts
    values = (each.value for each in told if isinstance(each, ast.Constant))
    return [each for each in values if isinstance(each, str) and _NAME.fullmatch(each)]


def _is_asked(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id.strip("_") in {"ASKED", "NAMES"}


def _imported(tree: ast.AST) -> list[str]:
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [each for each in named if each.startswith(_OWN) and each.rsplit(".", 1)[1] not in _FRAME]
