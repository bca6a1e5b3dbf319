"""Everything the proofs of one release stand on: its schema, the trees of its rules, and the engines that confirm."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cedarpy import pst

from xop.kernel.arbiter.context import ENUMS, FLAGS
from xop.kernel.erasure.model import PURPOSE
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.model import Rule
from xop.kernel.policy.schema import ActionType, Schema, fields
from xop.kernel.policy.tree import context_path, templates, walk
from xop.kernel.release import Release
from xop.lab.prove.axioms import texts_of
from xop.lab.prove.expression import pattern_of
from xop.lab.prove.universe import Pattern, Universe, make_universe
from xop.workspace.invariants import Declared, release_schema

_SLACK = 8
"""Texts beyond the counted ones: both ids of a request, and the sets that axioms compare."""


@dataclass(frozen=True, slots=True)
class Terrain:
    """One release, ready to be reasoned about."""

    release: Release
    schema: Schema
    rules: tuple[Rule, ...]
    trees: Mapping[str, pst.Template]
    engine: PolicyEngine
    """Judges everything twice, compiled and by the reference."""
    observed: tuple[str, ...] = ()
    """The rules left out of all this because they are only observed."""

    def slices(self) -> Iterator[tuple[str, ActionType]]:
        """Yield every type of principal with every action it may ask for."""
        for action in self.schema.actions:
            for principal_type in action.principals:
                yield principal_type, action


def survey(release: Release) -> Terrain:
    """Return a release as the proofs need it; rules in shadow decide nothing, so there is nothing to prove of them."""
    every = release.policies.rules.values()
    rules = tuple(rule for rule in every if not rule.shadow)
    observed = tuple(rule.id for rule in every if rule.shadow)
    schema = release_schema(release)
    return Terrain(release, schema, rules, templates(rules), PolicyEngine(rules, schema, shadow_share=1.0), observed)


def common_universe(terrains: Iterable[Terrain], declared: Iterable[Declared] = ()) -> Universe:
    """Return the universe of all texts that releases and invariants speak of."""
    grounds = tuple(terrains)
    trees = [tree for each in grounds for tree in each.trees.values()] + [each.tree for each in declared]
    nodes = [node for tree in trees for node in walk(tree)]
    named = [text for each in grounds for text in _release_texts(each.release)]
    named += [text for node in nodes for text in _texts(node)]
    patterns: list[Pattern] = [pattern_of(node) for node in nodes if isinstance(node, pst.Like)]
    # One text for each fact that may hold a text of its own, and one for each pair of sets that may differ by it.
    spare = sum(max((_count(action.context) for action in each.schema.actions), default=0) for each in grounds)
    spare += sum(_compares_sets(node) for node in nodes) + _SLACK
    return make_universe(named, patterns, spare)


def _release_texts(release: Release) -> Iterator[str]:
    yield ""
    yield from FLAGS
    yield PURPOSE
    for values in ENUMS.values():
        yield from sorted(values)
    yield from release.purposes
    yield from release.channels
    for principal in release.principals.values():
        yield principal.name
        yield from principal.roles
    for compiled in release.actions.values():
        yield compiled.action.name
        yield from (compiled.action.purpose, *compiled.action.other_purposes)
        properties = compiled.action.input.get("properties")
        if isinstance(properties, Mapping):
            yield from (text for name in compiled.arguments for text in texts_of(properties[name]))


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, pst.StringLit):
        yield node.value
    elif isinstance(node, pst.EntityUid):
        yield node.id
    elif isinstance(node, pst.Like) and all(not isinstance(each, pst.Wildcard) for each in node.pattern):
        yield pattern_of(node)[0]


def _compares_sets(node: object) -> bool:
    if isinstance(node, pst.UnaryOp):
        return node.op == "is_empty"
    sides = (node.left, node.right) if isinstance(node, pst.BinaryOp) else ()
    compared = isinstance(node, pst.BinaryOp) and node.op in {"eq", "not_eq", "contains_all", "contains_any"}
    return compared and any(context_path(side) is not None or isinstance(side, pst.IfThenElse) for side in sides)


def _count(record: Mapping[str, Any]) -> int:
    """Return how many texts a context can hold outside its sets."""
    kinds = [kind for _, kind, _ in fields(record)]
    return sum(_count(kind) if isinstance(kind, dict) else kind == "String" for kind in kinds)
