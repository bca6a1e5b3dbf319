"""Translates Cedar expressions to Python expressions, refusing whatever it does not know exactly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from cedarpy import pst

from xop.kernel.policy.code import FALSE, TRUE, Code, Constants, UnsupportedError, boolean, conjunction, disjunction
from xop.kernel.policy.facts import Facts
from xop.kernel.policy.schema import RESOURCE_TYPE, Schema
from xop.kernel.policy.scope import ACTION_TYPE, is_within
from xop.kernel.policy.tree import context_path

_COMPARISONS = {"less": "<", "less_eq": "<=", "greater": ">", "greater_eq": ">="}
_ARITHMETIC = {"add": "+", "sub": "-", "mul": "*"}


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates the expressions of one slice; a type mix it sees is refused, so the reference judges it."""

    principal_type: str
    action: str
    schema: Schema
    facts: Facts
    constants: Constants

    def boolean(self, node: pst.Expr) -> Code:
        """Return the code of a Bool expression; raises UnsupportedError for any other."""
        return _of_kind(self.code(node), "Bool")

    def code(self, node: pst.Expr) -> Code:
        """Return the code of any expression; raises UnsupportedError for what the compiler does not know."""
        if context_path(node) is not None:
            return self._fact(node)
        translate = _TRANSLATIONS.get(type(node))
        if translate is None:
            raise UnsupportedError(f"a {type(node).__name__} expression")
        return translate(self, node)

    def _fact(self, node: pst.Expr) -> Code:
        fact = self.facts.by_path.get(context_path(node) or ())
        if fact is None:
            raise UnsupportedError("a fact the context type does not declare")
        if isinstance(fact.kind, dict):
            raise UnsupportedError("a whole record used as a value")
        if fact.doubtful:
            return Code(fact.kind, f"({fact.local} if {fact.local} is not M else absent())", quiet=False)
        return Code(fact.kind, fact.local)

    def literal(self, node: pst.Expr) -> Code:
        """Return the code of a Bool, Long or String literal."""
        if isinstance(node, pst.BoolLit):
            return boolean(node.value)
        if isinstance(node, pst.LongLit):
            return Code("Long", self.constants.name(node.value))
        return Code("String", self.constants.name(cast("pst.StringLit", node).value))

    def entity(self, node: pst.Expr) -> Code:
        """Return the code of an entity's id; its type is the kind."""
        if isinstance(node, pst.EntityLit):
            return Code(f"@{node.value.type}", self.constants.name(node.value.id))
        match node:
            case pst.Var("principal"):
                return Code(f"@{self.principal_type}", "p")
            case pst.Var("resource"):
                return Code(f"@{RESOURCE_TYPE}", "r")
            case pst.Var("action"):
                return Code(f"@{ACTION_TYPE}", self.constants.name(self.action))
        raise UnsupportedError(f"a {type(node).__name__} where an entity is expected")

    def unary(self, node: pst.UnaryOp) -> Code:
        """Return the code of `!`, negation or isEmpty."""
        arg = self.code(node.arg)
        if node.op == "not":
            _of_kind(arg, "Bool")
            return Code("Bool", f"(not {arg.text})", quiet=arg.quiet) if arg.known is None else boolean(not arg.known)
        if node.op == "neg":
            return Code("Long", f"long(-{_of_kind(arg, 'Long').text})", quiet=False)
        if node.op == "is_empty":
            return Code("Bool", f"(not {_any_set(arg).text})", quiet=arg.quiet)
        raise UnsupportedError(f"the operator {node.op}")

    def binary(self, node: pst.BinaryOp) -> Code:
        """Return the code of an operator with two operands."""
        if node.op in ("and", "or"):
            return self._chain(node)
        if node.op == "in":
            return self.within(node.left, node.right)
        left, right = self.code(node.left), self.code(node.right)
        quiet = left.quiet and right.quiet
        if node.op in ("eq", "not_eq"):
            return _equality(left, right, negated=node.op == "not_eq")
        if node.op in _COMPARISONS:
            operands = f"{_of_kind(left, 'Long').text} {_COMPARISONS[node.op]} {_of_kind(right, 'Long').text}"
            return Code("Bool", f"({operands})", quiet=quiet)
        if node.op in _ARITHMETIC:
            operands = f"{_of_kind(left, 'Long').text} {_ARITHMETIC[node.op]} {_of_kind(right, 'Long').text}"
            return Code("Long", f"long({operands})", quiet=False)
        if node.op in ("contains", "contains_all", "contains_any"):
            return Code("Bool", _containment(node.op, left, right), quiet=quiet)
        raise UnsupportedError(f"the operator {node.op}")

    def _chain(self, node: pst.BinaryOp) -> Code:
        """Translate a chain of one operator flat; what a known operand cuts off is not looked at, as in Cedar."""
        operands: list[pst.Expr] = []
        rest: pst.Expr = node
        while isinstance(rest, pst.BinaryOp) and rest.op == node.op:
            operands.append(rest.right)
            rest = rest.left
        parts: list[Code] = []
        for operand in (rest, *reversed(operands)):
            parts.append(self.boolean(operand))
            if parts[-1].known is (node.op == "or"):
                break
        return disjunction(parts) if node.op == "or" else conjunction(parts)

    def within(self, left: pst.Expr, right: pst.Expr) -> Code:
        """Return the code of `in`: only actions have groups, so for others it is being the same."""
        if isinstance(right, pst.Set):
            return disjunction([self.within(left, element) for element in right.elements])
        child, parent = self.entity(left), self.entity(right)
        if child.kind != parent.kind:
            return FALSE
        if child.kind != f"@{ACTION_TYPE}":
            return _equality(child, parent, negated=False)
        child_id, parent_id = self.constants.values[child.text], self.constants.values[parent.text]
        kind = pst.EntityType(ACTION_TYPE)
        known = self.schema.by_name.get(child_id)
        groups = known.groups if known else ()
        return boolean(is_within(pst.EntityUid(kind, child_id), pst.EntityUid(kind, parent_id), groups))

    def has(self, node: pst.HasAttr) -> Code:
        """Return the code of `has` over one or more attributes of the context."""
        path = context_path(node.base)
        base = None if path is None else self.facts.by_path.get(path)
        if path is None or base is None:
            raise UnsupportedError("`has` on something other than the context")
        parts = [Code("Bool", f"({base.local} is not M or absent())", quiet=False)] if base.doubtful else []
        for name in node.attrs:
            if not isinstance(self.facts.by_path[path].kind, dict):
                raise UnsupportedError("`has` on something other than a record")
            path = (*path, name)
            fact = self.facts.by_path.get(path)
            if fact is None:
                return conjunction([*parts, FALSE])
            if fact.optional:
                parts.append(Code("Bool", f"({fact.local} is not M)"))
        return conjunction(parts)

    def is_type(self, node: pst.Is) -> Code:
        """Return the code of `is`, and of `is ... in`."""
        entity = self.entity(node.base)
        if entity.kind != f"@{node.entity_type}":
            return FALSE
        return TRUE if node.in_expr is None else self.within(node.base, node.in_expr)

    def choice(self, node: pst.IfThenElse) -> Code:
        """Return the code of if-then-else; a branch that a known condition cuts off is not looked at."""
        test = self.boolean(node.cond)
        if test.known is not None:
            return self.code(node.then_expr if test.known else node.else_expr)
        yes, no = self.code(node.then_expr), self.code(node.else_expr)
        if yes.kind.startswith("@"):
            raise UnsupportedError("a choice between entities")
        _of_kind(no, yes.kind)
        quiet = test.quiet and yes.quiet and no.quiet
        return Code(yes.kind, f"({yes.text} if {test.text} else {no.text})", quiet=quiet)

    def set(self, node: pst.Set) -> Code:
        """Return the code of a set literal whose elements have one type."""
        elements = [self.code(element) for element in node.elements]
        if not elements:
            raise UnsupportedError("an empty set literal")
        kind = elements[0].kind
        for element in elements:
            _of_kind(element, kind)
        if kind.startswith("Set<"):
            raise UnsupportedError("a set of sets")
        quiet = all(element.quiet for element in elements)
        if all(element.text in self.constants.values for element in elements):
            values = frozenset(self.constants.values[element.text] for element in elements)
            return Code(f"Set<{kind}>", self.constants.name(values))
        return Code(f"Set<{kind}>", "frozenset((" + "".join(f"{e.text}, " for e in elements) + "))", quiet=quiet)

    def like(self, node: pst.Like) -> Code:
        """Return the code of `like` as a search for the texts between wildcards."""
        base = _of_kind(self.code(node.base), "String")
        texts = [""]
        for element in node.pattern:
            if isinstance(element, pst.Wildcard):
                texts.append("")
            else:
                texts[-1] += element.value
        return Code("Bool", f"like({base.text}, {self.constants.name(tuple(texts))})", quiet=base.quiet)


def _of_kind(code: Code, kind: str) -> Code:
    if code.kind != kind:
        raise UnsupportedError(f"a {code.kind} where a {kind} is expected")
    return code


def _any_set(code: Code) -> Code:
    if not code.kind.startswith("Set<"):
        raise UnsupportedError(f"a {code.kind} where a set is expected")
    return code


def _equality(left: Code, right: Code, *, negated: bool) -> Code:
    quiet = left.quiet and right.quiet
    if left.kind != right.kind:
        if left.kind.startswith("@") and right.kind.startswith("@"):
            return boolean(negated)
        raise UnsupportedError(f"a comparison of {left.kind} with {right.kind}")
    if left.text == right.text and quiet:
        return boolean(not negated)
    wrap = "frozenset({})" if left.kind.startswith("Set<") else "{}"
    sign = "!=" if negated else "=="
    return Code("Bool", f"({wrap.format(left.text)} {sign} {wrap.format(right.text)})", quiet=quiet)


def _containment(op: str, left: Code, right: Code) -> str:
    _any_set(left)
    if op == "contains":
        _of_kind(right, left.kind[len("Set<") : -1])
        return f"({right.text} in {left.text})"
    _of_kind(right, left.kind)
    if op == "contains_all":
        return f"frozenset({left.text}).issuperset({right.text})"
    return f"(not frozenset({left.text}).isdisjoint({right.text}))"


_Translation = Callable[[Translator, Any], Code]
_TRANSLATIONS: dict[type, _Translation] = {
    pst.BoolLit: Translator.literal,
    pst.LongLit: Translator.literal,
    pst.StringLit: Translator.literal,
    pst.EntityLit: Translator.entity,
    pst.Var: Translator.entity,
    pst.UnaryOp: Translator.unary,
    pst.BinaryOp: Translator.binary,
    pst.HasAttr: Translator.has,
    pst.Is: Translator.is_type,
    pst.IfThenElse: Translator.choice,
    pst.Set: Translator.set,
    pst.Like: Translator.like,
}
