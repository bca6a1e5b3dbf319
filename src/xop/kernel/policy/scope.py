"""Decides from a rule's head whether it can apply to a type of principal and an action."""

from cedarpy import pst

from xop.kernel.policy.schema import RESOURCE_TYPE, ActionType

ACTION_TYPE = "Action"


def conditions(tree: pst.Template, principal_type: str, action: ActionType) -> tuple[pst.Expr, ...] | None:
    """Return what is left to test of the head at run time, or None when the rule never applies here."""
    if not _covers(tree.action, action):
        return None
    principal = _entity(tree.principal, principal_type, pst.Var("principal"))
    resource = _entity(tree.resource, RESOURCE_TYPE, pst.Var("resource"))
    return None if principal is None or resource is None else (*principal, *resource)


def is_within(child: pst.EntityUid, parent: pst.EntityUid, groups: tuple[str, ...]) -> bool:
    """Say whether an action is `parent` itself or, by its `groups`, a member of it."""
    same_type = str(child.type) == str(parent.type)
    is_action = same_type and str(child.type) == ACTION_TYPE
    return (same_type and child.id == parent.id) or (is_action and parent.id in groups)


def _covers(constraint: pst.ActionConstraint, action: ActionType) -> bool:
    uid = pst.EntityUid(pst.EntityType(ACTION_TYPE), action.name)
    match constraint:
        case pst.ScopeAny():
            return True
        case pst.ActionEq(entity):
            return is_within(uid, entity, ())
        case pst.ActionIn(entities):
            return any(is_within(uid, entity, action.groups) for entity in entities)


def _entity(constraint: pst.PrincipalOrResourceConstraint, kind: str, variable: pst.Var) -> tuple[pst.Expr, ...] | None:
    match constraint:
        case pst.ScopeAny():
            return ()
        case pst.ScopeIs(entity_type):
            return () if str(entity_type) == kind else None
        case pst.ScopeEq(entity) | pst.ScopeIn(entity):
            return _same(entity, kind, variable)
        case pst.ScopeIsIn(entity_type, entity):
            return _same(entity, kind, variable) if str(entity_type) == kind else None


def _same(entity: pst.EntityOrSlot, kind: str, variable: pst.Var) -> tuple[pst.Expr, ...] | None:
    if isinstance(entity, pst.Slot):
        raise TypeError(f"a template slot ?{entity.name} cannot be judged; link it or name the entity")
    # Entities have no parents here, so being in one is being it.
    return (pst.BinaryOp("eq", variable, pst.EntityLit(entity)),) if str(entity.type) == kind else None
