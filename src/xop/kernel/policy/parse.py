"""Reads Cedar policy text into rules, and every mistake in it into a problem with its line."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from cedarpy import pst
from msgspec import Struct

from xop.kernel.policy.annotations import effect_of, mistakes, obligations_of, terms_of, translated_of
from xop.kernel.policy.model import Problem, Rule, Until
from xop.kernel.policy.source import MAX_FILE_LENGTH, Piece, PolicySource, invisible, line_of, split
from xop.kernel.policy.tree import reads, template

_UNEXPECTED = re.compile(r"unexpected token `(.+)`")


class Parsed(Struct, frozen=True):
    """The rules that could be read, in order, and every problem found."""

    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]


def parse(sources: Sequence[PolicySource]) -> Parsed:
    """Return the rules of all sources in order, with problems as values; rules with a problem are left out."""
    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    for source in sources:
        for found in _read(source):
            if isinstance(found, Problem):
                problems.append(found)
            elif found.id in rules:
                first = rules[found.id]
                cause = f"@id({found.id!r}) is taken by {first.file}:{first.line}"
                problems.append(Problem(found.file, found.line, cause, "give each rule its own @id"))
            else:
                rules[found.id] = found
    return Parsed(tuple(rules.values()), tuple(problems))


def _read(source: PolicySource) -> Iterator[Rule | Problem]:
    text = source.text.replace("\r\n", "\n")
    if len(text) > MAX_FILE_LENGTH:
        yield Problem(source.file, 1, f"the file is longer than {MAX_FILE_LENGTH} characters", "split the file")
        return
    hidden = invisible(text)
    if hidden is not None:
        cause = f"the text holds the invisible character {hidden[1]}"
        yield Problem(source.file, hidden[0], cause, "delete it; in a string write it as an escape if it is meant")
        return
    for piece in split(text):
        yield from _rule(source, piece)


def _rule(source: PolicySource, piece: Piece) -> Iterator[Rule | Problem]:
    try:
        tree = template(piece.text)
    except ValueError as fault:
        yield _unreadable(source, piece, str(fault))
        return
    notes = dict(tree.annotations)
    wrong = [Problem(source.file, piece.line, *mistake) for mistake in mistakes(notes, tree.effect, source.pack)]
    if wrong:
        yield from wrong
        return
    yield _built(tree, notes, source, piece)


def _built(tree: pst.Template, notes: dict[str, str], source: PolicySource, piece: Piece) -> Rule:
    return Rule(
        id=notes["id"],
        effect=effect_of(notes, tree.effect),
        message=notes["message"],
        text=piece.text,
        customer=notes.get("customer", ""),
        translated=translated_of(notes),
        basis=notes.get("basis", ""),
        until=cast("Until | None", notes.get("until")),
        approver=notes.get("approver"),
        terms=terms_of(notes),
        halts=cast("Any", notes.get("halts")),
        shadow=notes.get("shadow") == "true",
        obligations=obligations_of(notes),
        default=notes.get("default") == "true",
        pack=source.pack,
        file=source.file,
        line=piece.line,
        reads=reads(tree.clauses),
    )


def _unreadable(source: PolicySource, piece: Piece, fault: str) -> Problem:
    token = _UNEXPECTED.search(fault)
    line = line_of(piece, token.group(1)) if token else piece.line
    remedy = "write one Cedar permit or forbid that ends in a semicolon"
    if "nest" in fault or "longer" in fault or "operators" in fault:
        remedy = "split it into several smaller rules"
    elif "template" in fault:
        remedy = "name the principal or resource, or test it in a when clause"
    return Problem(source.file, line, f"the rule cannot be read: {fault}", remedy)
