"""The search for changes that lead to another verdict: level by level, so that what is found first is the least.

At each level one rule that stood in the way is silenced: whatever leads to another verdict must silence it, so that nothing
smaller is passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from msgspec import Struct

from xop.kernel.arbiter.ruling import NOBODY_PERMITS, UNKNOWN_FACT
from xop.kernel.decisions.model import Decision, Outcome
from xop.kernel.hindsight.altered import altered, value_at
from xop.kernel.hindsight.alternatives import alternatives, values_of
from xop.kernel.hindsight.model import Change, Counterfactual
from xop.kernel.hindsight.possible import Possible
from xop.kernel.hindsight.recorded import ARGUMENTS, FACTS, HALTED, Recorded, again
from xop.kernel.hindsight.telling import rank
from xop.kernel.policy.model import Rule

_TRIES = 300
"""Decisions taken again for one explanation at most."""

_DEEPEST = 4
"""Values changed together at most."""

_WIDEST = 6
"""Sets of changes that are followed at one level, the most telling ones."""


class _Node(Struct, frozen=True):
    """Where some changes lead."""

    changes: tuple[Change, ...]
    decision: Decision
    unknown: tuple[str, ...]
    """Facts that are still missing."""
    context: dict[str, Any]
    """What the rules would have read without the changes, as far as they were asked."""


class Search:
    """Looks for changes of what the rules read that lead to another verdict."""

    def __init__(self, recorded: Recorded, decision: Decision) -> None:
        self._recorded = recorded
        self._decision = decision
        self._left = _TRIES
        self._known: dict[str, _Node | None] = {}
        start = self._node(())
        self._possible = Possible(recorded, decision, start.context if start is not None else {})

    def reaching(self, wanted: Outcome) -> list[Counterfactual]:
        """Return what leads to a verdict that was kept from coming about, one of each set of values, the least changes."""
        start = self._node(())
        frontier = [start] if start is not None else []
        for _ in range(_DEEPEST):
            found: dict[frozenset[str], _Node] = {}
            following: dict[frozenset[str], _Node] = {}
            for node in frontier:
                for child in self._silencing(node, wanted):
                    paths = frozenset(change.path for change in child.changes)
                    (found if child.decision.verdict == wanted else following).setdefault(paths, child)
            if found:
                least = [self._least(each, wanted) for each in sorted(found.values(), key=_telling)]
                once = {frozenset(change.path for change in each.changes): each for each in reversed(least)}
                return [_counterfactual(each) for each in sorted(once.values(), key=_telling)]
            frontier = sorted(following.values(), key=_telling)[:_WIDEST]
        return []

    def losing(self) -> list[Counterfactual]:
        """Return what a permit hangs on: single changes that lead to another verdict, one of each value."""
        found: dict[str, _Node] = {}
        for change in self._possible.losing():
            node = self._node((change,)) if change.path not in found else None
            if node is not None and node.decision.verdict != "permit" and not node.decision.error:
                found[change.path] = self._nearest(node, node.decision.verdict)
        return [_counterfactual(each) for each in found.values()]

    def _silencing(self, node: _Node, wanted: Outcome) -> Iterator[_Node]:
        """Yield what comes of each change by which one rule that stands in the way no longer does."""
        blocking = _blocking(node)
        seen: set[str] = set()
        for change in self._options(node, blocking):
            if change.path in seen and wanted == "permit":
                continue
            kept = tuple(each for each in node.changes if each.path != change.path)
            child = self._node((*kept, change))
            if child is None:
                continue
            if child.decision.verdict == wanted:
                seen.add(change.path)
                yield self._nearest(child, wanted)
            elif _progress(node, child, blocking):
                yield child

    def _options(self, node: _Node, blocking: str) -> Iterator[Change]:
        rules = self._recorded.release.policies.rules
        if blocking == UNKNOWN_FACT:
            yield from self._facts(node.unknown[:1])
        elif blocking == NOBODY_PERMITS:
            permits = [each for each in rules.values() if each.effect == "permit" and not each.shadow]
            yield from self._of_rules(permits, permits, node)
        elif blocking in rules:
            standing = [rules[each.rule] for each in node.decision.reasons if not each.lost and each.rule in rules]
            yield from self._of_rules([rules[blocking]], standing, node)

    def _of_rules(self, rules: Sequence[Rule], standing: Sequence[Rule], node: _Node) -> Iterator[Change]:
        """Yield changes of what some rules read, with the values that they and all that stand in the way speak of."""
        context = altered(node.context, {each.path: each.would for each in node.changes})
        paths = dict.fromkeys(path for rule in rules for path in rule.reads)
        values = {path: value_at(context, path) for path in paths}
        for path in sorted((each for each in paths if self._possible.may_differ(each)), key=rank):
            readers = [rule for rule in standing if path in rule.reads]
            was = value_at(node.context, path)
            for would in self._alternatives(readers, path, values):
                if would != was and self._possible.fits(path, would):
                    yield Change(path, was, would)

    def _alternatives(self, readers: Sequence[Rule], path: str, values: Mapping[str, Any]) -> Iterator[Any]:
        value = values[path]
        if value is not None and not isinstance(value, dict):
            yield from alternatives(readers, path, value, (values[each] for each in values if each != path))
        kind = self._possible.kind(path)
        if value is None and kind:
            yield from values_of(readers, kind)
        elif kind and path.startswith(ARGUMENTS):
            yield None

    def _facts(self, names: Sequence[str]) -> Iterator[Change]:
        for name in names:
            path = f"{FACTS}{name}"
            readers = [rule for rule in self._recorded.release.policies.rules.values() if path in rule.reads]
            for would in values_of(readers, self._possible.kind(path) or "bool"):
                yield Change(path, None, would)

    def _nearest(self, node: _Node, wanted: Outcome) -> _Node:
        """Return the same with its last number as near to what it was as leads to the same verdict."""
        *before, last = node.changes
        if type(last.was) is not int or type(last.would) is not int:
            return node
        best, near, far = node, last.was, last.would
        while abs(far - near) > 1 and self._left > 0:
            middle = (near + far) // 2
            tried = self._node((*before, Change(last.path, last.was, middle)))
            if tried is not None and tried.decision.verdict == wanted:
                best, far = tried, middle
            else:
                near = middle
        return best

    def _least(self, node: _Node, wanted: Outcome) -> _Node:
        """Return what remains when changes that are not needed are left out."""
        for size in range(1, len(node.changes)):
            for fewer in combinations(node.changes, size):
                tried = self._node(fewer)
                if tried is not None and tried.decision.verdict == wanted:
                    return tried
        return node

    def _node(self, changes: tuple[Change, ...]) -> _Node | None:
        name = repr(sorted((each.path, each.would) for each in changes)) if len(changes) > 1 else repr(changes)
        if name not in self._known:
            self._known[name] = self._decided(changes)
        return self._known[name]

    def _decided(self, changes: tuple[Change, ...]) -> _Node | None:
        if self._left <= 0:
            return None
        self._left -= 1
        taken = again(self._recorded, {change.path: change.would for change in changes})
        step, asked = taken.step, [each for each in taken.asked if each.action == self._decision.action]
        if step.decision is None:
            return None
        values = step.evidence.values if step.evidence is not None else {}
        unknown = tuple(values.get("unknown", ())) if step.decision.code == UNKNOWN_FACT else ()
        # What is halted and lacks facts is decided without asking the rules.
        context = asked[-1].context if asked else {HALTED: bool(self._recorded.moment.halts)}
        return _Node(changes, step.decision, unknown, context)


def _blocking(node: _Node) -> str:
    """Return the rule that stands in the way first."""
    standing = (reason.rule for reason in node.decision.reasons if not reason.lost)
    return next(standing, node.decision.code)


def _progress(before: _Node, after: _Node, blocking: str) -> bool:
    """Say whether what stood in the way no longer does, whatever else does."""
    if blocking == UNKNOWN_FACT:
        return len(after.unknown) < len(before.unknown)
    judged = not after.decision.error or bool(after.unknown)
    return judged and all(each.rule != blocking or each.lost for each in after.decision.reasons)


def _telling(node: _Node) -> tuple[int, int, int]:
    ranks = [rank(change.path) for change in node.changes]
    return max(ranks), len(ranks), sum(ranks)


def _counterfactual(node: _Node) -> Counterfactual:
    return Counterfactual(node.changes, node.decision.verdict, node.decision.code)
