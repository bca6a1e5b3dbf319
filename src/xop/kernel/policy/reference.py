"""Judges with Cedar itself: slower, and the answer every other engine is held to."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from cedarpy import AuthzResult, Decision, Entities, PolicySet, is_authorized, pst
from cedarpy import Schema as CedarSchema

from xop.kernel.policy.model import Judgement, Request, Rule
from xop.kernel.policy.schema import RESOURCE_TYPE, Schema, render
from xop.kernel.policy.scope import conditions
from xop.kernel.policy.tree import templates

_LONG = range(-(2**63), 2**63)
_MAX_DEPTH = 16


class UnfitContextError(ValueError):
    """A value that Cedar has no type for."""


class ReferenceEngine:
    """Evaluates every rule as a permit, so that one evaluation tells all the rules that apply.

    With `sliced`, each type of principal and action gets only the rules whose head can match it.
    Making one raises ValueError when a rule or the schema cannot be parsed; judging never raises.
    """

    def __init__(self, rules: Sequence[Rule], schema: Schema, *, sliced: bool = True) -> None:
        self._schema = schema
        self._order = {rule.id: index for index, rule in enumerate(rules)}
        self.trees = templates(tuple(rules))
        self._cedar_schema = _parsed(render(schema.actions, schema.groups, schema.principal_types))
        self._entities = Entities.from_json_str("[]", self._cedar_schema)
        self._whole = None if sliced else _permits(self.trees)
        self._slices: dict[tuple[str, str], PolicySet] = {}

    def judge(self, request: Request) -> Judgement:
        """Return the rules that apply in rule order; anything wrong with the request is the judgement's error."""
        if not self._schema.admits(request.principal_type, request.action):
            return Judgement((), f"{request.principal_type} may not ask for action {request.action!r}")
        try:
            result = self._evaluate(request)
        except (TypeError, ValueError) as fault:
            return Judgement((), f"the request cannot be judged: {fault}")
        errors = result.diagnostics.errors
        if errors or result.decision is Decision.NoDecision:
            return Judgement((), "; ".join(errors) or "Cedar reached no decision")
        return Judgement(tuple(sorted(result.diagnostics.reasons, key=self._order.__getitem__)))

    def _evaluate(self, request: Request) -> AuthzResult:
        return is_authorized(
            {
                "principal": {"type": request.principal_type, "id": _text(request.principal)},
                "action": {"type": "Action", "id": request.action},
                "resource": {"type": RESOURCE_TYPE, "id": _text(request.resource)},
                "context": json.dumps(_plain(request.context, _MAX_DEPTH)),
            },
            self._slice(request.principal_type, request.action),
            self._entities,
            self._cedar_schema,
        )

    def _slice(self, principal_type: str, action: str) -> PolicySet:
        if self._whole is not None:
            return self._whole
        key = (principal_type, action)
        found = self._slices.get(key)
        if found is None:
            known = self._schema.by_name[action]
            found = self._slices[key] = _permits(
                {i: t for i, t in self.trees.items() if conditions(t, principal_type, known) is not None}
            )
        return found


@lru_cache(maxsize=64)
def _parsed(schema: str) -> CedarSchema:
    return CedarSchema.from_str(schema)


def _permits(trees: dict[str, pst.Template]) -> PolicySet:
    permits = {rule_id: replace(tree, id=rule_id, effect="permit") for rule_id, tree in trees.items()}
    return PolicySet.from_pst(pst.PolicySet(templates={}, static_policies=permits, template_links=()))


def _text(value: object) -> str:
    if type(value) is not str:
        raise UnfitContextError(f"an id is {type(value).__name__}, not text")
    return value


def _plain(value: Any, depth: int) -> Any:
    """Return a JSON value Cedar reads as the same one; subclasses are refused, as they may encode as something else."""
    if depth == 0:
        raise UnfitContextError(f"the context is nested deeper than {_MAX_DEPTH} levels")
    kind = type(value)
    if kind is bool or kind is str:
        return value
    if kind is int and value in _LONG:
        return value
    if kind is dict and all(isinstance(name, str) for name in value):
        return {name: _plain(item, depth - 1) for name, item in value.items()}
    if kind in (list, tuple, set, frozenset):
        return [_plain(item, depth - 1) for item in value]
    raise UnfitContextError(f"the context holds a {kind.__name__} that is no Bool, Long, String, Set or record")
