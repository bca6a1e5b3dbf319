"""Every refusal and every code of its own that the kernel can give, read from its source."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

_CODE = re.compile(r"xop\.[a-z_]+")


class RefusalForm(Struct, frozen=True, order=True):
    """One place that refuses: its code, and the form of what it says."""

    code: str
    cause: str
    remedy: str
    module: str


def refusals(package: str) -> list[RefusalForm]:
    """Return every refusal whose code is written out in a package, sorted; values in the texts are shown as `…`."""
    return sorted({form for module, tree in _sources(package) for form in _forms(tree, module)})


def own_codes(package: str) -> list[str]:
    """Return every code of the platform's own, such as `xop.expired`, that a package names as a public constant, sorted."""
    assigned = (
        (target.id, node.value.value)
        for _, tree in _sources(package)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    return sorted({text for name, text in assigned if name.isupper() and name[0] != "_" and _CODE.fullmatch(text)})


def _sources(package: str) -> Iterator[tuple[str, ast.Module]]:
    paths = importlib.import_module(package).__path__
    for each in pkgutil.walk_packages(paths, f"{package}."):
        spec = find_spec(each.name)
        if spec is not None and spec.origin is not None:
            yield each.name, ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _forms(tree: ast.Module, module: str) -> Iterator[RefusalForm]:
    outer = _texts(tree.body)
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        known = {**outer, **_texts(scope.body)}
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                code, cause, remedy = (*(_text(each, known) for each in node.args), "", "", "")[:3]
                if code and "…" not in code:
                    yield RefusalForm(code, cause, remedy, module)


def _texts(body: list[ast.stmt]) -> dict[str, str]:
    """Return the texts that simple assignments give to names, also within branches."""
    found: dict[str, str] = {}
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                text = _text(node.value, {})
                if text and text != "…":
                    found.setdefault(node.targets[0].id, text)
    return found


def _text(node: ast.expr, known: dict[str, str]) -> str:
    """Return a text expression with `…` for what is known only at run time."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.Name):
        return known.get(node.id, "…")
    return "…"
