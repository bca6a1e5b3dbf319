"""Compiles conditions, expressions and templates where they stand, so that each mistake has its line."""

import re
from collections.abc import Mapping
from typing import Any

from xop.kernel.conditions import Condition, Environment, Expression, compile_condition, compile_expression
from xop.kernel.conditions import Problem as Mistake
from xop.kernel.templates import Template, compile_template, literal_of
from xop.workspace.problem import Place, Problem, quote

_UNCLOSED = re.compile(r"\{\{(?:(?!\}\}).)*\{\{", re.DOTALL)

_UNEXPECTED = re.compile(
    r"Syntax error: (?:mismatched input|extraneous input|no viable alternative at input|token recognition error at:) "
    r"'(.*?)'(?: expecting .*)?$",
    re.DOTALL,
)
_MISSING = re.compile(r"Syntax error: missing (.+) at '(.*)'$", re.DOTALL)

MOST_PLACEHOLDERS = 100
"""Placeholders of one text."""


def condition_at(text: str, environment: Environment, place: Place, problems: list[Problem]) -> Condition | None:
    """Return a text as a condition, or None after adding its problem."""
    compiled = compile_condition(text, environment)
    if isinstance(compiled, Mistake):
        problems.append(_problem(compiled, text, place))
        return None
    return compiled


def expression_at(text: str, environment: Environment, place: Place, problems: list[Problem]) -> Expression | None:
    """Return a text as an expression, or None after adding its problem."""
    compiled = compile_expression(text, environment)
    if isinstance(compiled, Mistake):
        problems.append(_problem(compiled, text, place))
        return None
    return compiled


def template_at(value: Any, environment: Environment, place: Place, problems: list[Problem]) -> Template | None:
    """Return a JSON-like value as a template, or None after adding the problem of every text in it."""
    if isinstance(value, str):
        return _text(value, environment, place, problems)
    count = len(problems)
    _texts(value, environment, place, problems)
    if len(problems) > count:
        return None
    compiled = compile_template(value, environment)
    return None if isinstance(compiled, Mistake) else compiled


def is_constant(text: str) -> bool:
    """Say whether a text has no placeholder."""
    return "{{" not in text


def _texts(value: Any, environment: Environment, place: Place, problems: list[Problem]) -> None:
    if isinstance(value, str):
        if "{{" in value:
            _text(value, environment, place, problems)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _texts(item, environment, place.at(name), problems)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _texts(item, environment, place.at(index), problems)


def _text(text: str, environment: Environment, place: Place, problems: list[Problem]) -> Template | None:
    if text.count("{{") > MOST_PLACEHOLDERS:
        cause = f"the text holds more than {MOST_PLACEHOLDERS} placeholders"
        problems.append(place.problem(cause, "split it, or put the values together where they come from"))
        return None
    compiled = compile_template(text, environment)
    if "{{" in literal_of(text) or (isinstance(compiled, Mistake) and _UNCLOSED.search(text)):
        problems.append(place.problem(f"a placeholder of {quote(text)} is not closed", "end it with `}}`"))
        return None
    if isinstance(compiled, Mistake):
        problems.append(_problem(compiled, text, place))
        return None
    return compiled


def _problem(mistake: Mistake, text: str, place: Place) -> Problem:
    said = _MISSING.sub(_missing, _UNEXPECTED.sub(_unexpected, mistake.cause))
    return place.problem(f"{quote(text)}: {said}" if text else said, mistake.remedy)


def _unexpected(found: re.Match[str]) -> str:
    """Return the parser's complaint without its names for all that might have stood there."""
    if found[1] == "<EOF>":
        return "the expression ends too early"
    if found[1].startswith(("'", '"')) and "token" in found[0]:
        return f"the text that begins with {found[1]} is not closed"
    return f"unexpected {quote(found[1])}"


def _missing(found: re.Match[str]) -> str:
    if found[2] == "<EOF>":
        return f"the expression ends too early: {found[1]} is missing"
    return f"{found[1]} is missing before {quote(found[2])}"
