"""Templates: JSON-like values whose text holds `{{expression}}` placeholders."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from xop.kernel.conditions import Environment, Expression, Fault, Problem, compile_expression

_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)

Escape = Callable[[str], str]

Render = Callable[[Mapping[str, Any], Escape | None], Any]

NO_FIELDS: Mapping[str, "Template"] = MappingProxyType({})


class Template:
    """A compiled template; rendering gives a value of the same shape, or a `Fault`."""

    __slots__ = ("_render", "constant", "fields", "paths")

    def __init__(
        self, render: Render, *, constant: bool, paths: Iterable[str] = (), fields: Mapping[str, "Template"] = NO_FIELDS
    ) -> None:
        self._render = render
        self.paths = tuple(sorted(set(paths)))
        """The dotted paths its placeholders read, sorted."""
        self.constant = constant
        """Whether it has no placeholder."""
        self.fields = fields
        """The template of every value of a map, by name, so that each can be rendered with its own escape."""

    def render(self, data: Mapping[str, Any], escape: Escape | None = None) -> Any:
        """Return the value for `data`; `escape` is applied to every text put in place of a placeholder."""
        return self._render(data, escape)


def compile_template(value: Any, environment: Environment) -> Template | Problem:
    """Compile a JSON-like value; the first placeholder that cannot be compiled is the problem."""
    if isinstance(value, str):
        return _compile_text(value, environment)
    if isinstance(value, Mapping):
        return _compile_items(list(value.items()), environment, dict)
    if isinstance(value, list | tuple):
        return _compile_items(list(enumerate(value)), environment, lambda pairs: [item for _, item in pairs])
    return Template(lambda _data, _escape: value, constant=True)


def _compile_items(
    items: list[tuple[Any, Any]], environment: Environment, build: Callable[[list[tuple[Any, Any]]], Any]
) -> Template | Problem:
    compiled: list[tuple[Any, Template]] = []
    for name, item in items:
        template = compile_template(item, environment)
        if isinstance(template, Problem):
            return template
        compiled.append((name, template))

    def render(data: Mapping[str, Any], escape: Escape | None) -> Any:
        pairs = []
        for name, template in compiled:
            value = template.render(data, escape)
            if isinstance(value, Fault):
                return value
            pairs.append((name, value))
        return build(pairs)

    fields = MappingProxyType(dict(compiled)) if build is dict else NO_FIELDS
    templates = [template for _, template in compiled]
    paths = (path for template in templates for path in template.paths)
    return Template(render, constant=all(template.constant for template in templates), paths=paths, fields=fields)


def _compile_text(text: str, environment: Environment) -> Template | Problem:
    pieces: list[str | Expression] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        if match.start() > end:
            pieces.append(text[end : match.start()])
        expression = compile_expression(match.group(1).strip(), environment)
        if isinstance(expression, Problem):
            return expression
        pieces.append(expression)
        end = match.end()
    if end < len(text) or not pieces:
        pieces.append(text[end:])
    if len(pieces) == 1:
        return _single(pieces[0])
    paths = (path for piece in pieces if isinstance(piece, Expression) for path in piece.paths)
    return Template(lambda data, escape: _fill(pieces, data, escape), constant=False, paths=paths)


def _single(piece: str | Expression) -> Template:
    if isinstance(piece, str):
        return Template(lambda _data, _escape: piece, constant=True)

    def render(data: Mapping[str, Any], escape: Escape | None) -> Any:
        value = piece.value(data)
        return escape(value) if escape is not None and isinstance(value, str) else value

    return Template(render, constant=False, paths=piece.paths)


def _fill(pieces: list[str | Expression], data: Mapping[str, Any], escape: Escape | None) -> str | Fault:
    filled: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            filled.append(piece)
            continue
        value = piece.value(data)
        if isinstance(value, Fault):
            return value
        text = as_text(value)
        if text is None:
            return Fault("a list, map or null cannot stand inside a text")
        filled.append(text if escape is None else escape(text))
    return "".join(filled)


def literal_of(text: str) -> str:
    """Return what a text says apart from its placeholders."""
    return _PLACEHOLDER.sub("", text)


def as_text(value: Any) -> str | None:
    """Return a scalar as text (true and false in lower case), or None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return None
