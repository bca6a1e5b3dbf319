"""Checks rules against the schema and against the values a fact can have."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from cedarpy import pst, validate_policies

from xop.kernel.policy.model import Problem, Rule
from xop.kernel.policy.schema import Schema, render
from xop.kernel.policy.tree import context_path, template, walk

_POLICY = re.compile(r"^for policy `[^`]*`, ")
_REMEDY = "use only attributes, types, actions and groups the schema declares; test optional ones with `has` first"


def check(rules: Sequence[Rule], schema: Schema) -> tuple[Problem, ...]:
    """Return every way the rules disagree with the schema; raises ValueError when the schema itself is faulty."""
    if not rules:
        return ()
    text = "\n".join(rule.text for rule in rules)
    result = validate_policies(text, render(schema.actions, schema.groups, schema.principal_types))
    by_policy = {f"policy{index}": rule for index, rule in enumerate(rules)}
    return tuple(_problem(by_policy.get(error.policy_id, rules[0]), error.error) for error in result.errors)


def lint(rules: Sequence[Rule], enums: Mapping[str, frozenset[str]]) -> tuple[Problem, ...]:
    """Return a problem for every text literal compared with an enumerated fact that can never have that value.

    Args:
        rules: Parsed rules.
        enums: The possible values of a fact, by its dotted context path; for a set, of its elements.
    """
    problems: list[Problem] = []
    for rule in rules:
        for path, literal in _comparisons(template(rule.text)):
            values = enums.get(path)
            if values is not None and literal not in values:
                problems.append(_mistyped(rule, path, literal, values))
    return tuple(problems)


def _problem(rule: Rule, fault: str) -> Problem:
    cause = f"rule {rule.id}: {_POLICY.sub('', fault)}"
    return Problem(rule.file, rule.line, cause, _REMEDY)


def _mistyped(rule: Rule, path: str, literal: str, values: frozenset[str]) -> Problem:
    near = get_close_matches(literal, sorted(values), n=1)
    remedy = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(sorted(values))}"
    cause = f"rule {rule.id}: {path} is never {literal!r}"
    return Problem(rule.file, rule.line, cause, remedy)


def _comparisons(tree: pst.Template) -> Iterator[tuple[str, str]]:
    compared = {"eq", "not_eq", "contains", "contains_all", "contains_any"}
    for node in walk(tree.clauses):
        if isinstance(node, pst.BinaryOp) and node.op in compared:
            for fact, other in ((node.left, node.right), (node.right, node.left)):
                path = context_path(fact)
                yield from ((".".join(path), literal) for literal in _literals(other) if path)


def _literals(node: object) -> Iterator[str]:
    if isinstance(node, pst.StringLit):
        yield node.value
    elif isinstance(node, pst.Set):
        yield from (element.value for element in node.elements if isinstance(element, pst.StringLit))
