"""Says in one sentence what a rule does, made from its tree: whom it binds, in what, when, and what comes of it."""

from collections.abc import Iterable, Iterator, Mapping

from cedarpy import pst

from xop.kernel.policy.model import Rule
from xop.kernel.policy.tree import context_path, reads, template

_UNTIL: Mapping[str, str] = {
    "approval": "somebody approves it",
    "verification": "the customer's identity is verified",
    "resume": "what was halted goes on",
    "quiet_hours_end": "quiet hours are over",
    "time": "its time has come",
}

_COMPARED: Mapping[str, str] = {
    "eq": "is",
    "not_eq": "is not",
    "less": "is less than",
    "less_eq": "is at most",
    "greater": "is more than",
    "greater_eq": "is at least",
    "in": "is in",
    "contains_all": "has all of",
    "contains_any": "has any of",
    "add": "+",
    "sub": "-",
    "mul": "times",
    "decimal_less_than": "is less than",
    "decimal_less_eq": "is at most",
    "decimal_greater": "is more than",
    "decimal_greater_eq": "is at least",
    "is_in_range": "is in the range",
}

_OPPOSITE: Mapping[str, str] = {
    "eq": "not_eq",
    "not_eq": "eq",
    "less": "greater_eq",
    "less_eq": "greater",
    "greater": "less_eq",
    "greater_eq": "less",
}

_STATES: Mapping[str, tuple[str, str]] = {
    "approved": ("it was approved", "nobody has approved it"),
    "halted": ("it is halted", "it is not halted"),
    "actor.granted": ("the actor was granted it", "the actor was not granted it"),
    "actor.engaged": ("the actor is engaged with the customer", "the actor is not engaged with the customer"),
    "actor.with_people": ("people have the conversation", "people do not have the conversation"),
    "actor.within_budget": ("the actor is within its budget", "the actor's budget is spent"),
    "actor.purpose_allowed": ("the actor may pursue the purpose", "the actor may not pursue the purpose"),
    "consent.permitted": ("there is a legal basis", "there is no legal basis"),
    "contact.capped": ("the contact caps are reached", "the contact caps are not reached"),
    "contact.quiet": ("it is a quiet hour", "it is no quiet hour"),
    "contact.addressable": ("an address may be used", "no address may be used"),
    "contact.do_not_contact": ("the customer asked to be left alone", "the customer may be contacted"),
}
"""Facts of the context that are so or not, in words."""

_KINDS: Mapping[str, str] = {"Agent": "AI agents", "DecisionSet": "decision sets"}

_TAKEN_FOR_GRANTED = ("arguments", "facts")
"""Sections of the context whose name says nothing to a reader."""


def sentence(rule: Rule) -> str:
    """Return what a rule does in plain English; raises ValueError for a text that cannot be parsed."""
    tree = template(rule.text)
    by = _actor(tree.principal)
    what = _action(tree.action)
    if rule.effect == "permit":
        opening = f"Permits {what} by {by}"
    elif rule.effect == "hold":
        opening = f"Holds {what} by {by} until {_UNTIL[rule.until or 'approval']}"
        if rule.approver:
            opening = f"Holds {what} by {by} until somebody with the role {rule.approver} approves it"
    else:
        opening = f"Forbids {what} by {by}"
    return "".join([opening, *_clauses(tree.clauses), "."])


def _actor(scope: pst.PrincipalOrResourceConstraint) -> str:
    if isinstance(scope, pst.ScopeIs | pst.ScopeIsIn):
        return _plural(scope.entity_type.basename)
    if isinstance(scope, pst.ScopeEq | pst.ScopeIn) and isinstance(scope.entity, pst.EntityUid):
        return f"the {scope.entity.type.basename.lower()} {scope.entity.id}"
    return "anybody"


def _plural(kind: str) -> str:
    return _KINDS.get(kind, f"{kind.lower()}s")


def _action(scope: pst.ActionConstraint) -> str:
    if isinstance(scope, pst.ActionEq):
        return scope.entity.id
    if isinstance(scope, pst.ActionIn):
        return f"{_listed(each.id for each in scope.entities)} actions"
    return "every action"


def _clauses(clauses: tuple[pst.Clause, ...]) -> Iterator[str]:
    for clause in clauses:
        word = "when" if isinstance(clause, pst.When) else "unless"
        yield f", {word} {_told(clause.expr)}"


def _told(node: pst.Expr, *, within: bool = False) -> str:
    """Return an expression in words; in brackets where it stands `within` another that would be misread."""
    if isinstance(node, pst.BinaryOp):
        return _binary(node, within=within)
    if isinstance(node, pst.UnaryOp):
        return _unary(node)
    if isinstance(node, pst.HasAttr):
        return f"{_told(node.base)} {'.'.join(node.attrs)} is given"
    if isinstance(node, pst.Like):
        pattern = "".join(each.value if isinstance(each, pst.Char) else "*" for each in node.pattern)
        return f"{_told(node.base)} is like {pattern}"
    if isinstance(node, pst.Is):
        return f"{_told(node.base)} is one of the {_plural(node.entity_type.basename)}"
    if isinstance(node, pst.IfThenElse):
        return f"(if {_told(node.cond)} then {_told(node.then_expr)}, else {_told(node.else_expr)})"
    return _plain(node)


def _plain(node: pst.Expr) -> str:
    """Return a value, or what it is called."""
    path = context_path(node)
    if path is not None:
        return _named(path)
    if isinstance(node, pst.GetAttr):
        return f"{_told(node.base)} {node.attr}".replace("_", " ")
    if isinstance(node, pst.Set):
        return _listed(_told(each) for each in node.elements)
    if isinstance(node, pst.BoolLit):
        return "always" if node.value else "never"
    if isinstance(node, pst.EntityLit):
        return node.value.id
    if isinstance(node, pst.StringLit):
        return node.value or "empty"
    if isinstance(node, pst.LongLit):
        return str(node.value)
    return node.name if isinstance(node, pst.Var | pst.Slot) else "a record"


def _named(path: tuple[str, ...]) -> str:
    state = _STATES.get(".".join(path))
    if state is not None:
        return state[0]
    shown = path[1:] if len(path) > 1 and path[0] in _TAKEN_FOR_GRANTED else path
    return " ".join(shown).replace("_", " ")


def _binary(node: pst.BinaryOp, *, within: bool) -> str:
    if node.op in {"and", "or"}:
        parts = [_told(each, within=True) for each in _needed(_flat(node, node.op), node.op)]
        joined = f" {node.op} ".join(parts)
        return f"({joined})" if within and len(parts) > 1 else joined
    left, right = _told(node.left), _told(node.right)
    if node.op == "contains":
        return f"{right} is one of {left}" if isinstance(node.left, pst.Set) else f"{left} has {right}"
    return f"{left} {_COMPARED.get(node.op, node.op.replace('_', ' '))} {right}"


def _unary(node: pst.UnaryOp) -> str:
    arg = node.arg
    if node.op == "not":
        path = context_path(arg)
        if path is not None and ".".join(path) in _STATES:
            return _STATES[".".join(path)][1]
        if isinstance(arg, pst.BinaryOp) and arg.op in _OPPOSITE:
            return f"{_told(arg.left)} {_COMPARED[_OPPOSITE[arg.op]]} {_told(arg.right)}"
        return f"not {_told(arg, within=True)}"
    if node.op == "is_empty":
        return f"{_told(arg)} is empty"
    return f"-{_told(arg)}" if node.op == "neg" else _told(arg)


def _flat(node: pst.Expr, op: str) -> Iterator[pst.Expr]:
    if isinstance(node, pst.BinaryOp) and node.op == op:
        yield from _flat(node.left, op)
        yield from _flat(node.right, op)
    else:
        yield node


def _needed(parts: Iterator[pst.Expr], op: str) -> list[pst.Expr]:
    """Return the parts worth telling: that something is given goes without saying where it is compared too."""
    listed = list(parts)
    compared = {path for each in listed if not isinstance(each, pst.HasAttr) for path in reads(each)}
    said = [
        each for each in listed if op == "or" or not isinstance(each, pst.HasAttr) or not set(reads(each)) & compared
    ]
    return said or listed


def _listed(names: Iterable[str]) -> str:
    *most, last = list(names) or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last
