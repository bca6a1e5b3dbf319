"""Counterfactuals: the fewest things that, had they been otherwise, would have made a decision another one.

Each is found by deciding again with all that was recorded and only the named values changed, so that each is true of the
rules that ruled. What they say is what GDPR Article 15(1)(h) asks for as the effect that other inputs would have had.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, product
from typing import Any

from msgspec import Struct

from xop.kernel.commands import Command
from xop.kernel.context.customer import Customer
from xop.kernel.decide import decide
from xop.kernel.decisions.model import Decision, Outcome
from xop.kernel.hindsight.altered import AlteredPolicies, value_at
from xop.kernel.hindsight.alternatives import alternatives
from xop.kernel.moment import Moment
from xop.kernel.release import Release

MOST = 3
"""Counterfactuals that are told of one decision."""

_TRIES = 400
"""Decisions taken again for one explanation at most."""

_BETTER: Mapping[str, tuple[Outcome, ...]] = {
    "deny": ("permit", "hold"),
    "hold": ("permit",),
    "permit": ("deny", "hold"),
}
"""What another decision would have been, the most telling first."""

_TELLING = (
    "consent.permitted",
    "contact.do_not_contact",
    "contact.capped",
    "contact.quiet",
    "contact.suppressed",
    "assurance.level",
    "actor.granted",
    "halted",
)
"""Of a permit, where no rule says what it hangs on: what is worth asking."""


class Change(Struct, frozen=True):
    """One value that would have been otherwise."""

    path: str
    was: Any
    would: Any


class Counterfactual(Struct, frozen=True):
    """What would have been decided, had some values been otherwise."""

    changes: tuple[Change, ...]
    verdict: Outcome
    code: str


class Recorded(Struct, frozen=True):
    """A decision with everything it was made from."""

    release: Release
    customer: Customer
    """As they were before."""
    command: Command
    moment: Moment
    other: Customer | None = None


def counterfactuals(recorded: Recorded, decision: Decision) -> list[Counterfactual]:
    """Return at most three counterfactuals of a decision; none where nothing of what it read could have been otherwise."""
    search = _Search(recorded, decision)
    found: list[Counterfactual] = []
    for wanted in _BETTER[decision.verdict]:
        found += [each for each in search.singles() if each.verdict == wanted and each not in found]
        if not found:
            found += islice((each for each in search.together() if each.verdict == wanted), 1)
        if found:
            break
    return found[:MOST]


def holds(recorded: Recorded, counterfactual: Counterfactual) -> bool:
    """Say whether a counterfactual is true: decided again with its changes, the verdict is the one it names."""
    decision, _ = _again(recorded, {change.path: change.would for change in counterfactual.changes})
    return decision is not None and decision.verdict == counterfactual.verdict


def _again(recorded: Recorded, changes: Mapping[str, Any]) -> tuple[Decision | None, AlteredPolicies]:
    policies = AlteredPolicies(recorded.release.policies, changes)
    release = replace(recorded.release, policies=policies)
    step = decide(release, recorded.customer, recorded.command, recorded.moment, recorded.other)
    return step.decision, policies


class _Search:
    """Looks for changes of what the rules read that lead to another verdict."""

    def __init__(self, recorded: Recorded, decision: Decision) -> None:
        self._recorded = recorded
        self._decision = decision
        self._left = _TRIES
        _, spy = _again(recorded, {})
        self._context = spy.asked[-1].context if spy.asked else {}
        self._singles: list[Counterfactual] | None = None

    def singles(self) -> list[Counterfactual]:
        """Return what a single change leads to, the first telling value of each path only."""
        if self._singles is None:
            paths: dict[tuple[str, Outcome], Counterfactual] = {}
            for changes in self._changes():
                found = self._tried((changes,))
                if found is not None:
                    paths.setdefault((changes.path, found.verdict), found)
            self._singles = list(paths.values())
        return self._singles

    def together(self) -> Iterator[Counterfactual]:
        """Yield what one change for each rule that determined the verdict leads to, all of them at once."""
        determining = [reason.rule for reason in self._decision.reasons if not reason.lost]
        silencing = [[each for each in self._of_rule(rule) if self._silences(each, rule)] for rule in determining]
        if len(determining) > 1 and all(silencing):
            for chosen in product(*silencing):
                unique = {change.path: change for change in chosen}
                found = self._tried(tuple(unique.values()))
                if found is not None:
                    yield found

    def _changes(self) -> Iterator[Change]:
        for reason in self._decision.reasons:
            if not reason.lost:
                yield from self._of_rule(reason.rule)
        if self._decision.code == "xop.nobody_permits" or self._decision.verdict == "permit":
            for path in _TELLING:
                yield from self._flips(path)

    def _flips(self, path: str) -> Iterator[Change]:
        try:
            was = value_at(self._context, path)
        except KeyError:
            return
        if isinstance(was, bool):
            yield Change(path, was, not was)
        elif isinstance(was, int) and was:
            yield Change(path, was, 0)

    def _of_rule(self, name: str) -> Iterator[Change]:
        rule = self._recorded.release.policies.rules.get(name)
        if rule is None:
            return
        values: dict[str, Any] = {}
        for path in rule.reads:
            try:
                values[path] = value_at(self._context, path)
            except KeyError:
                continue
        for path, was in values.items():
            for would in alternatives(rule, path, was, values):
                yield Change(path, was, would)

    def _silences(self, change: Change, rule: str) -> bool:
        decision = self._decided((change,))
        return decision is not None and all(reason.rule != rule or reason.lost for reason in decision.reasons)

    def _tried(self, changes: tuple[Change, ...]) -> Counterfactual | None:
        decision = self._decided(changes)
        if decision is None or decision.verdict == self._decision.verdict:
            return None
        return Counterfactual(changes, decision.verdict, decision.code)

    def _decided(self, changes: tuple[Change, ...]) -> Decision | None:
        if self._left <= 0:
            return None
        self._left -= 1
        return _again(self._recorded, {change.path: change.would for change in changes})[0]
