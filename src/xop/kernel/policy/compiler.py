"""Compiles the rules for one type of principal and one action to one Python function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cedarpy import pst

from xop.kernel.policy.code import (
    MISSING,
    Code,
    Constants,
    EvaluationError,
    UnsupportedError,
    boolean,
    conjunction,
)
from xop.kernel.policy.expression import Translator
from xop.kernel.policy.facts import LONG_MAX, LONG_MIN, SETS, Facts, encodable, misfit
from xop.kernel.policy.model import Judgement, Request
from xop.kernel.policy.schema import ActionType, Schema
from xop.kernel.policy.scope import conditions

_Run = Callable[[str, str, dict[str, Any]], tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class CompiledSlice:
    """The rules for one type of principal and one action, as a function."""

    run: _Run
    action: ActionType
    source: str
    """The generated Python, for a reader; it holds no text from policies."""

    def judge(self, request: Request) -> Judgement:
        """Return the rules that apply in rule order; anything wrong with the request is the judgement's error."""
        for text in (request.principal, request.resource):
            if type(text) is not str or not (text.isascii() or encodable(text)):
                return Judgement((), "an id is not proper text", "compiled")
        try:
            applied = self.run(request.principal, request.resource, request.context)
        except EvaluationError as fault:
            return Judgement((), str(fault), "compiled")
        if applied is None:
            return Judgement((), misfit(self.action.context, request.context), "compiled")
        return Judgement(applied, None, "compiled")


def compile_slice(
    trees: Mapping[str, pst.Template], schema: Schema, principal_type: str, action: ActionType
) -> CompiledSlice:
    """Return the function for one slice of the rules; raises UnsupportedError when the reference has to judge it."""
    constants = Constants()
    facts = Facts(constants)
    facts.bind(action.context)
    translator = Translator(principal_type, action.name, schema, facts, constants)
    lines = ["def run(p, r, c):", " try:", *facts.lines, " except KeyError:", "  return None", " found = []"]
    for rule_id, tree in trees.items():
        head = conditions(tree, principal_type, action)
        if head is None:
            continue
        test = _condition(translator, head, tree.clauses)
        if test.known is not False:
            lines.append(f" if {test.text}: found.append({constants.name(rule_id)})")
    lines.append(" return tuple(found)")
    source = "\n".join(lines) + "\n"
    return CompiledSlice(_load(source, constants), action, source)


def _condition(translator: Translator, head: tuple[pst.Expr, ...], clauses: tuple[pst.Clause, ...]) -> Code:
    parts = [translator.boolean(test) for test in head]
    for clause in clauses:
        if parts and parts[-1].known is False:
            break
        code = translator.boolean(clause.expr)
        parts.append(_negated(code) if isinstance(clause, pst.Unless) else code)
    return conjunction(parts)


def _negated(code: Code) -> Code:
    if code.known is not None:
        return boolean(not code.known)
    return Code("Bool", f"(not {code.text})", quiet=code.quiet)


def _load(source: str, constants: Constants) -> _Run:
    names: dict[str, Any] = {"__builtins__": {}, **_NAMES, **constants.values}
    try:
        exec(compile(source, "<policy>", "exec"), names)  # noqa: S102 - the source is built from our own names only
    except (SyntaxError, RecursionError, MemoryError) as fault:
        raise UnsupportedError("an expression nested too deeply for Python") from fault
    run: _Run = names["run"]
    return run


def _absent() -> bool:
    raise EvaluationError("a rule reads a fact that is absent without testing for it")


def _long(value: int) -> int:
    if LONG_MIN <= value <= LONG_MAX:
        return value
    raise EvaluationError("a rule computes a number beyond 64 bits")


def _like(text: str, parts: tuple[str, ...]) -> bool:
    """Match greedily part by part, which takes linear steps where a backtracking pattern could take many."""
    first, *middle = parts
    if not middle:
        return text == first
    last = middle.pop()
    if not text.startswith(first):
        return False
    position = len(first)
    for part in middle:
        position = text.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return text.endswith(last) and len(text) - len(last) >= position


_NAMES: dict[str, Any] = {
    "KeyError": KeyError,
    "M": MISSING,
    "absent": _absent,
    "dict": dict,
    "encodable": encodable,
    "frozenset": frozenset,
    "int": int,
    "len": len,
    "like": _like,
    "long": _long,
    "sets": SETS,
    "str": str,
    "tuple": tuple,
    "type": type,
}
