"""Reads Cedar's typed syntax tree: its rules, its nodes and the context paths it names."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache

from cedarpy import policies_to_pst, pst

from xop.kernel.policy.model import Rule
from xop.kernel.policy.source import excess

Path = tuple[str, ...]


@lru_cache(maxsize=4096)
def template(text: str) -> pst.Template:
    """Return the one rule that `text` holds; raises ValueError that says why when it does not hold exactly one."""
    too_much = excess(text)
    if too_much is not None:
        raise ValueError(too_much)
    parsed = policies_to_pst(text)
    if parsed.templates:
        raise ValueError("templates with ?principal or ?resource are not supported")
    if len(parsed.static_policies) != 1:
        raise ValueError("the text is not exactly one rule")
    return next(iter(parsed.static_policies.values()))


def templates(rules: tuple[Rule, ...]) -> dict[str, pst.Template]:
    """Return the tree of each rule by rule id; raises ValueError for a rule whose text cannot be parsed."""
    found: dict[str, pst.Template] = {}
    for rule in rules:
        if rule.id in found:
            raise ValueError(f"rule {rule.id} is there twice; give each rule its own @id")
        try:
            found[rule.id] = template(rule.text)
        except ValueError as fault:
            raise ValueError(f"rule {rule.id} cannot be parsed: {fault}; run the parser's check first") from fault
    return found


def walk(node: object) -> Iterator[object]:
    """Yield every syntax node under `node`, itself included, parents first."""
    stack = [node]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, tuple):
            stack.extend(value)
        elif is_dataclass(value) and not isinstance(value, type):
            yield value
            stack.extend(getattr(value, field.name) for field in fields(value))


def context_path(node: object) -> Path | None:
    """Return the path a node reads from the context, empty for the context itself, or None for another node."""
    names: list[str] = []
    while isinstance(node, pst.GetAttr):
        names.append(node.attr)
        node = node.base
    if node == pst.Var("context"):
        return tuple(reversed(names))
    return None


def reads(node: object) -> tuple[str, ...]:
    """Return the dotted context paths read anywhere under `node`, sorted; a record is left out for its attributes."""
    found: set[Path] = set()
    stack = [node]
    while stack:
        value = stack.pop()
        path = context_path(value)
        if isinstance(value, pst.HasAttr):
            path = context_path(value.base)
            path = None if path is None else (*path, *value.attrs)
        if path is not None:
            found.update(path[:length] for length in range(1, len(path) + 1))
        elif isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, tuple):
            stack.extend(value)
        elif is_dataclass(value) and not isinstance(value, type):
            stack.extend(getattr(value, field.name) for field in fields(value))
    records = {path[:-1] for path in found}
    return tuple(sorted(".".join(path) for path in found - records))
