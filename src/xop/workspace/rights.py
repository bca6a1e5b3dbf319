"""Rights: what every principal may ask of the platform itself, judged by policies once for each release."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Principal, PrincipalKind, Scope
from xop.kernel.halts.model import PLATFORM
from xop.kernel.policy.check import check, lint
from xop.kernel.policy.combine import combine
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.model import Request, Rule
from xop.kernel.policy.parse import parse
from xop.kernel.policy.schema import ActionType, Schema
from xop.workspace.policies import BASELINE, problem_of
from xop.workspace.principals import roles_of
from xop.workspace.problem import Problem
from xop.workspace.sources import Sources

SCOPES: tuple[Scope, ...] = get_args(Scope)

_KINDS: tuple[PrincipalKind, ...] = get_args(PrincipalKind)

_TYPES = tuple(kind.capitalize() for kind in _KINDS)

CONTEXT: dict[str, Any] = {"granted": "Bool", "roles": "Set<String>"}
"""What rules about rights can read: whether the scope is the principal's by agents.yaml, and its roles there."""

_SCHEMA = Schema(tuple(ActionType(scope, (), CONTEXT, _TYPES) for scope in SCOPES))


def compile_rights(sources: Sources, problems: list[Problem]) -> Mapping[Actor, tuple[Scope, ...]]:
    """Return the scopes that the rules give each principal; nothing after adding every problem."""
    count = len(problems)
    parsed = parse(sources.rights)
    problems.extend(problem_of(mistake) for mistake in parsed.problems)
    problems.extend(_unfit(parsed.rules))
    if len(problems) == count:
        own = [rule for rule in parsed.rules if rule.pack != BASELINE]
        problems.extend(problem_of(mistake) for mistake in check(own, _SCHEMA))
        problems.extend(problem_of(mistake) for mistake in lint(own, {"roles": roles_of(sources)}))
    if len(problems) > count:
        return {}
    principals = [item.value for item in sources.principals.values()]
    if not sources.rights:
        # A release that was kept before there were rights is what it was.
        return {each.actor: each.granted_scopes for each in principals}
    engine = PolicyEngine(parsed.rules, _SCHEMA)
    return {each.actor: tuple(scope for scope in SCOPES if _may(engine, each, scope)) for each in principals}


def _unfit(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    for rule in rules:
        if rule.effect == "hold" or rule.obligations or rule.halts is not None:
            cause = f"rule {rule.id}: a right is given or refused, and nothing waits or follows"
            yield Problem(rule.file, rule.line, cause, "leave out @outcome, @until, @obligation and @halt")


def _may(engine: PolicyEngine, principal: Principal, scope: Scope) -> bool:
    context = {"granted": scope in principal.granted_scopes, "roles": list(principal.roles)}
    request = Request(principal.kind.capitalize(), principal.name, scope, PLATFORM, context)
    return combine(engine.rules, engine.judge(request, 0)).outcome == "permit"
