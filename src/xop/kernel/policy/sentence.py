"""Says in one sentence what a rule does, made from its tree: whom it binds, in what, when, and what comes of it."""

from collections.abc import Iterable, Iterator, Mapping

from cedarpy import pst

from xop.kernel.base.phrase import Phrase, Say, joined, marked, phrase
from xop.kernel.policy.model import Rule
from xop.kernel.policy.tree import context_path, reads, template

_OPENINGS: Mapping[str, str] = marked(
    {
        "permit": "Permits {what} by {who}",
        "forbid": "Forbids {what} by {who}",
        "approval": "Holds {what} by {who} until somebody approves it",
        "verification": "Holds {what} by {who} until the customer's identity is verified",
        "resume": "Holds {what} by {who} until what was halted goes on",
        "quiet_hours_end": "Holds {what} by {who} until quiet hours are over",
        "time": "Holds {what} by {who} until its time has come",
        "role": "Holds {what} by {who} until somebody with the role {role} approves it",
    }
)
"""By effect, and of a hold by what ends it."""

_COMPARED: Mapping[str, str] = marked(
    {
        "eq": "{one} is {other}",
        "not_eq": "{one} is not {other}",
        "less": "{one} is less than {other}",
        "less_eq": "{one} is at most {other}",
        "greater": "{one} is more than {other}",
        "greater_eq": "{one} is at least {other}",
        "in": "{one} is in {other}",
        "contains_all": "{one} has all of {other}",
        "contains_any": "{one} has any of {other}",
        "add": "{one} + {other}",
        "sub": "{one} - {other}",
        "mul": "{one} times {other}",
        "decimal_less_than": "{one} is less than {other}",
        "decimal_less_eq": "{one} is at most {other}",
        "decimal_greater": "{one} is more than {other}",
        "decimal_greater_eq": "{one} is at least {other}",
        "is_in_range": "{one} is in the range {other}",
        "contains": "{one} has {other}",
        "and": "{one} and {other}",
        "or": "{one} or {other}",
    }
)

_OPPOSITE: Mapping[str, str] = {
    "eq": "not_eq",
    "not_eq": "eq",
    "less": "greater_eq",
    "less_eq": "greater",
    "greater": "less_eq",
    "greater_eq": "less",
}

_STATES: Mapping[str, tuple[str, str]] = marked(
    {
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
)
"""Facts of the context that are so or not, in words."""

_KINDS: Mapping[str, str] = marked(
    {
        "Agent": "AI agents",
        "DecisionSet": "decision sets",
        "Journey": "journeys",
        "Operator": "operators",
        "Partner": "partners",
        "Source": "sources",
        "Trigger": "triggers",
    }
)

_ONE_OF: Mapping[str, str] = marked(
    {
        "Agent": "the agent {name}",
        "DecisionSet": "the decisionset {name}",
        "Journey": "the journey {name}",
        "Operator": "the operator {name}",
        "Partner": "the partner {name}",
        "Source": "the source {name}",
        "Trigger": "the trigger {name}",
    }
)

Said = Phrase | str

_TAKEN_FOR_GRANTED = ("arguments", "facts")
"""Sections of the context whose name says nothing to a reader."""


def sentence(rule: Rule, say: Say = str) -> str:
    """Return what a rule does in plain words; raises ValueError for a text that cannot be parsed."""
    tree = template(rule.text)
    opens = rule.effect if rule.effect != "hold" else "role" if rule.approver else rule.until or "approval"
    said = phrase(_OPENINGS[opens], what=_action(tree.action), who=_actor(tree.principal), role=rule.approver)
    for clause in tree.clauses:
        when = (
            marked("{rule}, when {condition}") if isinstance(clause, pst.When) else marked("{rule}, unless {condition}")
        )
        said = phrase(when, rule=said, condition=_told(clause.expr))
    return phrase("{rule}.", rule=said).said(say)


def _actor(scope: pst.PrincipalOrResourceConstraint) -> Said:
    if isinstance(scope, pst.ScopeIs | pst.ScopeIsIn):
        return _plural(scope.entity_type.basename)
    if isinstance(scope, pst.ScopeEq | pst.ScopeIn) and isinstance(scope.entity, pst.EntityUid):
        kind, name = scope.entity.type.basename, scope.entity.id
        return phrase(_ONE_OF[kind], name=name) if kind in _ONE_OF else f"the {kind.lower()} {name}"
    return phrase("anybody")


def _plural(kind: str) -> Said:
    return phrase(_KINDS[kind]) if kind in _KINDS else f"{kind.lower()}s"


def _action(scope: pst.ActionConstraint) -> Said:
    if isinstance(scope, pst.ActionEq):
        return scope.entity.id
    if isinstance(scope, pst.ActionIn):
        return phrase("{names} actions", names=_listed(each.id for each in scope.entities))
    return phrase("every action")


def _told(node: pst.Expr, *, within: bool = False) -> Said:
    """Return an expression in words; in brackets where it stands `within` another that would be misread."""
    if isinstance(node, pst.BinaryOp):
        return _binary(node, within=within)
    if isinstance(node, pst.UnaryOp):
        return _unary(node)
    if isinstance(node, pst.HasAttr):
        return phrase("{of} {name} is given", of=_told(node.base), name=".".join(node.attrs))
    if isinstance(node, pst.Like):
        pattern = "".join(each.value if isinstance(each, pst.Char) else "*" for each in node.pattern)
        return phrase("{one} is like {pattern}", one=_told(node.base), pattern=pattern)
    if isinstance(node, pst.Is):
        kinds = _plural(node.entity_type.basename)
        return phrase("{one} is one of the {kinds}", one=_told(node.base), kinds=kinds)
    if isinstance(node, pst.IfThenElse):
        parts = {"condition": node.cond, "then": node.then_expr, "otherwise": node.else_expr}
        told = {name: _told(each) for name, each in parts.items()}
        return phrase("(if {condition} then {then}, else {otherwise})", **told)
    return _plain(node)


def _plain(node: pst.Expr) -> Said:
    """Return a value, or what it is called."""
    path = context_path(node)
    if path is not None:
        return _named(path)
    if isinstance(node, pst.GetAttr):
        return phrase("{of} {name}", of=_told(node.base), name=node.attr.replace("_", " "))
    if isinstance(node, pst.Set):
        return _listed(_told(each) for each in node.elements)
    if isinstance(node, pst.BoolLit):
        return phrase(marked("always") if node.value else marked("never"))
    if isinstance(node, pst.EntityLit):
        return str(node.value.id)
    if isinstance(node, pst.StringLit):
        return node.value or phrase("empty")
    if isinstance(node, pst.LongLit):
        return str(node.value)
    return node.name if isinstance(node, pst.Var | pst.Slot) else phrase("a record")


def _named(path: tuple[str, ...]) -> Said:
    state = _STATES.get(".".join(path))
    if state is not None:
        return phrase(state[0])
    shown = path[1:] if len(path) > 1 and path[0] in _TAKEN_FOR_GRANTED else path
    return " ".join(shown).replace("_", " ")


def _binary(node: pst.BinaryOp, *, within: bool) -> Said:
    if node.op in {"and", "or"}:
        parts = [_told(each, within=True) for each in _needed(_flat(node, node.op), node.op)]
        together: Said = joined(parts, _COMPARED[node.op])
        return phrase("({condition})", condition=together) if within and len(parts) > 1 else together
    left, right = _told(node.left), _told(node.right)
    if node.op == "contains" and isinstance(node.left, pst.Set):
        return phrase("{one} is one of {others}", one=right, others=left)
    other = f"{{one}} {node.op.replace('_', ' ')} {{other}}"
    return phrase(_COMPARED.get(node.op, other), one=left, other=right)


def _unary(node: pst.UnaryOp) -> Said:
    arg = node.arg
    if node.op == "not":
        path = context_path(arg)
        if path is not None and ".".join(path) in _STATES:
            return phrase(_STATES[".".join(path)][1])
        if isinstance(arg, pst.BinaryOp) and arg.op in _OPPOSITE:
            return phrase(_COMPARED[_OPPOSITE[arg.op]], one=_told(arg.left), other=_told(arg.right))
        return phrase("not {condition}", condition=_told(arg, within=True))
    if node.op == "is_empty":
        return phrase("{one} is empty", one=_told(arg))
    return phrase("-{one}", one=_told(arg)) if node.op == "neg" else _told(arg)


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


def _listed(names: Iterable[Said]) -> Said:
    listed: Said = joined(list(names) or [phrase("nothing")], last="{one} or {other}")
    return listed
