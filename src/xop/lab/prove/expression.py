"""Encodes Cedar expressions for the solver; what it does not know exactly is left open.

Every expression has a value and an error: whether evaluating it fails, as a missing fact or a number beyond 64 bits
does. Operators skip what Cedar skips, so that an error on a side that is not evaluated is none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cedarpy import pst

from xop.kernel.policy.facts import LONG_MAX, LONG_MIN
from xop.kernel.policy.schema import RESOURCE_TYPE, ActionType
from xop.kernel.policy.scope import ACTION_TYPE, is_within
from xop.kernel.policy.tree import context_path
from xop.lab.prove.solver import Term, choice, conjunction, disjunction, equality, implication, negation, z3
from xop.lab.prove.universe import Members
from xop.lab.prove.variables import PRINCIPAL, RESOURCE, Variables

_BOUNDED = {"add", "sub", "mul"}


class OpenError(Exception):
    """Says what cannot be encoded exactly."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One expression: its Cedar type, its value, and whether evaluating it fails."""

    kind: str
    """`Bool`, `Long`, `String`, `Set<...>`, or `@` and an entity type."""
    value: Any
    error: Term = False


@dataclass(slots=True)
class Encoder:
    """Encodes the expressions of one slice."""

    principal_type: str
    action: ActionType
    variables: Variables
    left_open: list[str] = field(default_factory=list)
    """What was left open, in words."""

    def boolean(self, node: pst.Expr) -> Encoded:
        """Return a Bool expression; one that cannot be encoded may have any value."""
        try:
            return _of_kind(self.expression(node), "Bool")
        except OpenError as reason:
            self.left_open.append(str(reason))
            name = f"{self.principal_type} {self.action.name} {node!r}"
            return Encoded("Bool", z3.Bool(f"open {name}"), z3.Bool(f"fails {name}"))

    def expression(self, node: pst.Expr) -> Encoded:
        """Return any expression; raises OpenError for what cannot be encoded."""
        if context_path(node) is not None:
            return self._fact(node)
        encode = _ENCODINGS.get(type(node))
        if encode is None:
            raise OpenError(f"a {type(node).__name__} expression")
        return encode(self, node)

    def _fact(self, node: pst.Expr) -> Encoded:
        path = context_path(node) or ()
        variable = self.variables.by_path.get(path)
        if variable is None or isinstance(variable.kind, dict):
            raise OpenError("a whole record used as a value")
        is_set = variable.kind == "Set<String>"
        value = self.variables.members(path) if is_set else self.variables.scalar(path)
        return Encoded(variable.kind, value, negation(self.variables.present(path)))

    def literal(self, node: Any) -> Encoded:
        """Return a Bool, Long or String literal."""
        if isinstance(node, pst.BoolLit):
            return Encoded("Bool", node.value)
        if isinstance(node, pst.LongLit):
            return Encoded("Long", node.value)
        return Encoded("String", self.variables.universe.number(node.value))

    def entity(self, node: pst.Expr) -> Encoded:
        """Return an entity by its id."""
        number = self.variables.universe.number
        match node:
            case pst.EntityLit():
                return Encoded(f"@{node.value.type}", number(node.value.id))
            case pst.Var("principal"):
                return Encoded(f"@{self.principal_type}", z3.Int(PRINCIPAL))
            case pst.Var("resource"):
                return Encoded(f"@{RESOURCE_TYPE}", z3.Int(RESOURCE))
            case pst.Var("action"):
                return Encoded(f"@{ACTION_TYPE}", number(self.action.name))
        raise OpenError(f"a {type(node).__name__} where an entity is expected")

    def unary(self, node: pst.UnaryOp) -> Encoded:
        """Return `!`, negation or isEmpty."""
        if node.op == "not":
            arg = self.boolean(node.arg)
            return Encoded("Bool", negation(arg.value), arg.error)
        arg = self.expression(node.arg)
        if node.op == "neg":
            return _bounded(-_of_kind(arg, "Long").value, arg.error)
        if node.op == "is_empty":
            inside = disjunction(*(guard for guard, _ in _any_set(arg).value))
            return Encoded("Bool", negation(inside), arg.error)
        raise OpenError(f"the operator {node.op}")

    def binary(self, node: pst.BinaryOp) -> Encoded:
        """Return an operator with two operands."""
        if node.op in ("and", "or"):
            return self._chain(node)
        if node.op == "in":
            return self.within(node.left, node.right)
        left, right = self.expression(node.left), self.expression(node.right)
        error = disjunction(left.error, right.error)
        if node.op in ("eq", "not_eq"):
            same = _equality(left, right)
            return Encoded("Bool", same if node.op == "eq" else negation(same), error)
        if node.op in _COMPARISONS:
            operands = _of_kind(left, "Long").value, _of_kind(right, "Long").value
            return Encoded("Bool", _COMPARISONS[node.op](*operands), error)
        if node.op in _BOUNDED:
            return _bounded(_ARITHMETIC[node.op](_of_kind(left, "Long").value, _of_kind(right, "Long").value), error)
        if node.op in ("contains", "contains_all", "contains_any"):
            return Encoded("Bool", _containment(node.op, left, right), error)
        raise OpenError(f"the operator {node.op}")

    def _chain(self, node: pst.BinaryOp) -> Encoded:
        """Encode a chain of one operator flat; an operand that decides keeps the ones after it from being evaluated."""
        operands: list[pst.Expr] = []
        rest: pst.Expr = node
        while isinstance(rest, pst.BinaryOp) and rest.op == node.op:
            operands.append(rest.right)
            rest = rest.left
        last, *others = [self.boolean(operand) for operand in (*operands, rest)]
        joined, goes_on = (conjunction, _same) if node.op == "and" else (disjunction, negation)
        for before in others:
            error = disjunction(before.error, conjunction(goes_on(before.value), last.error))
            last = Encoded("Bool", joined(before.value, last.value), error)
        return last

    def within(self, left: pst.Expr, right: pst.Expr) -> Encoded:
        """Return `in`: only actions have groups, so for others it is being the same."""
        if isinstance(right, pst.Set):
            return Encoded("Bool", disjunction(*(self.within(left, each).value for each in right.elements)))
        child, parent = self.entity(left), self.entity(right)
        if child.kind != parent.kind:
            return Encoded("Bool", value=False)
        if child.kind != f"@{ACTION_TYPE}":
            return Encoded("Bool", equality(child.value, parent.value))
        if not isinstance(left, pst.Var) or not isinstance(right, pst.EntityLit):
            raise OpenError("a comparison of groups")
        uid = pst.EntityUid(pst.EntityType(ACTION_TYPE), self.action.name)
        return Encoded("Bool", is_within(uid, right.value, self.action.groups))

    def has(self, node: pst.HasAttr) -> Encoded:
        """Return `has` over one or more attributes of the context."""
        path = context_path(node.base)
        if path is None:
            raise OpenError("`has` on something other than the context")
        present = self.variables.present(path)
        parts: list[Term] = []
        for name in node.attrs:
            path = (*path, name)
            variable = self.variables.by_path.get(path)
            parts.append(False if variable is None else self.variables.present(path))
            if variable is None:
                break
        return Encoded("Bool", conjunction(*parts), negation(present))

    def is_type(self, node: pst.Is) -> Encoded:
        """Return `is`, and `is ... in`."""
        if self.entity(node.base).kind != f"@{node.entity_type}":
            return Encoded("Bool", value=False)
        return Encoded("Bool", value=True) if node.in_expr is None else self.within(node.base, node.in_expr)

    def branch(self, node: pst.IfThenElse) -> Encoded:
        """Return if-then-else; only the branch taken is evaluated."""
        test = self.boolean(node.cond)
        if isinstance(test.value, bool) and test.error is False:
            return self.expression(node.then_expr if test.value else node.else_expr)
        yes, no = self.expression(node.then_expr), self.expression(node.else_expr)
        _of_kind(no, yes.kind)
        error = disjunction(test.error, choice(test.value, yes.error, no.error))
        if not yes.kind.startswith("Set<"):
            return Encoded(yes.kind, choice(test.value, yes.value, no.value), error)
        members = [(conjunction(test.value, guard), each) for guard, each in yes.value]
        members += [(conjunction(negation(test.value), guard), each) for guard, each in no.value]
        return Encoded(yes.kind, tuple(members), error)

    def set(self, node: pst.Set) -> Encoded:
        """Return a set literal whose elements have one type."""
        elements = [self.expression(element) for element in node.elements]
        if not elements or elements[0].kind.startswith("Set<"):
            raise OpenError("a set without elements or a set of sets")
        members: Members = tuple((True, _of_kind(each, elements[0].kind).value) for each in elements)
        return Encoded(f"Set<{elements[0].kind}>", members, disjunction(*(each.error for each in elements)))

    def like(self, node: pst.Like) -> Encoded:
        """Return `like` as the texts of the universe it matches."""
        base = _of_kind(self.expression(node.base), "String")
        universe = self.variables.universe
        if not universe.patterned:
            raise OpenError("`like` with too many patterns at once")
        found = [equality(base.value, number) for number in universe.matching(pattern_of(node))]
        return Encoded("Bool", disjunction(*found), base.error)


def pattern_of(node: pst.Like) -> tuple[str, ...]:
    """Return the texts between the wildcards of a `like`."""
    texts = [""]
    for element in node.pattern:
        if isinstance(element, pst.Wildcard):
            texts.append("")
        else:
            texts[-1] += element.value
    return tuple(texts)


def _same(term: Term) -> Term:
    return term


def _of_kind(encoded: Encoded, kind: str) -> Encoded:
    if encoded.kind != kind:
        raise OpenError(f"a {encoded.kind} where a {kind} is expected")
    return encoded


def _any_set(encoded: Encoded) -> Encoded:
    if not encoded.kind.startswith("Set<"):
        raise OpenError(f"a {encoded.kind} where a set is expected")
    return encoded


def _bounded(value: Term, error: Term) -> Encoded:
    if isinstance(value, int):
        return Encoded("Long", value, disjunction(error, not LONG_MIN <= value <= LONG_MAX))
    return Encoded("Long", value, disjunction(error, value < LONG_MIN, value > LONG_MAX))


def _equality(left: Encoded, right: Encoded) -> Term:
    if left.kind != right.kind:
        if left.kind.startswith("@") and right.kind.startswith("@"):
            return False
        raise OpenError(f"a comparison of {left.kind} with {right.kind}")
    if left.kind.startswith("Set<"):
        return conjunction(_includes(left.value, right.value), _includes(right.value, left.value))
    return equality(left.value, right.value)


def _containment(op: str, left: Encoded, right: Encoded) -> Term:
    _any_set(left)
    if op == "contains":
        return _contains(left.value, _of_kind(right, left.kind[len("Set<") : -1]).value)
    _of_kind(right, left.kind)
    if op == "contains_all":
        return _includes(left.value, right.value)
    return disjunction(*(conjunction(guard, _contains(left.value, each)) for guard, each in right.value))


def _contains(members: Members, value: Term) -> Term:
    return disjunction(*(conjunction(guard, equality(each, value)) for guard, each in members))


def _includes(larger: Members, smaller: Members) -> Term:
    return conjunction(*(implication(guard, _contains(larger, each)) for guard, each in smaller))


_COMPARISONS: dict[str, Callable[[Term, Term], Term]] = {
    "less": lambda left, right: left < right,
    "less_eq": lambda left, right: left <= right,
    "greater": lambda left, right: left > right,
    "greater_eq": lambda left, right: left >= right,
}
_ARITHMETIC: dict[str, Callable[[Term, Term], Term]] = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
}

_ENCODINGS: dict[type, Callable[[Encoder, Any], Encoded]] = {
    pst.BoolLit: Encoder.literal,
    pst.LongLit: Encoder.literal,
    pst.StringLit: Encoder.literal,
    pst.EntityLit: Encoder.entity,
    pst.Var: Encoder.entity,
    pst.UnaryOp: Encoder.unary,
    pst.BinaryOp: Encoder.binary,
    pst.HasAttr: Encoder.has,
    pst.Is: Encoder.is_type,
    pst.IfThenElse: Encoder.branch,
    pst.Set: Encoder.set,
    pst.Like: Encoder.like,
}
