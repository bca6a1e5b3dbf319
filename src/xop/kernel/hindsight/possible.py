"""What could have been otherwise in one case: nothing that its purpose, channel or contract rules out."""

from collections.abc import Iterator, Mapping
from typing import Any

from xop.kernel.base.principal import Principal
from xop.kernel.context.customer import Customer
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.altered import value_at
from xop.kernel.hindsight.alternatives import alternatives
from xop.kernel.hindsight.model import Change
from xop.kernel.hindsight.recorded import ARGUMENTS, FACTS, Recorded
from xop.kernel.hindsight.telling import may_differ
from xop.kernel.release import CompiledAction

_OWN = "xop."
"""What the platform's own rules are called by."""


class Possible:
    """What could have been otherwise in one case."""

    def __init__(self, recorded: Recorded, decision: Decision, context: Mapping[str, Any]) -> None:
        self._recorded = recorded
        self._decision = decision
        self._context = context
        self._compiled: CompiledAction | None = recorded.release.actions.get(decision.action)

    def may_differ(self, path: str) -> bool:
        """Say whether a value could have been another one."""
        if path == "approved":
            return self._decision.verdict != "deny"
        return may_differ(path)

    def kind(self, path: str) -> str:
        """Return the type of an argument or fact as it is declared; empty for anything else."""
        if self._compiled is None:
            return ""
        if path.startswith(ARGUMENTS):
            return self._compiled.arguments.get(path.removeprefix(ARGUMENTS), "")
        name = path.removeprefix(FACTS) if path.startswith(FACTS) else ""
        return next((each.source.type for each in self._compiled.facts if each.source.name == name), "")

    def fits(self, path: str, would: Any) -> bool:
        """Say whether a value is one that the action's contract takes."""
        if not path.startswith(ARGUMENTS) or self._compiled is None:
            return True
        name, given = path.removeprefix(ARGUMENTS), _arguments(self._recorded, self._decision)
        changed = {each: value for each, value in {**given, name: would}.items() if value is not None}
        return self._compiled.misfit(changed) is None

    def losing(self) -> Iterator[Change]:
        """Yield what a permit may hang on: how the customer could have been and what could have been asked."""
        for path, would in self._circumstances():
            was = value_at(self._context, path)
            if was is not None and was != would:
                yield Change(path, was, would)
        rules = [
            each
            for each in self._recorded.release.policies.rules.values()
            if each.effect != "permit" and not each.shadow and not each.id.startswith(_OWN)
        ]
        for rule in rules:
            yield from self._of(rule.reads, [rule])
        granted = value_at(self._context, "actor.granted")
        if granted:
            yield Change("actor.granted", granted, False)  # noqa: FBT003 - the value it would have

    def _of(self, paths: tuple[str, ...], rules: list[Any]) -> Iterator[Change]:
        values = {path: value_at(self._context, path) for path in paths}
        for path, was in values.items():
            if was is None or isinstance(was, dict) or not self._own(path):
                continue
            for would in alternatives(rules, path, was, (values[each] for each in values if each != path)):
                if self.fits(path, would):
                    yield Change(path, was, would)

    def _own(self, path: str) -> bool:
        return path.startswith((ARGUMENTS, FACTS, "care.")) or path in {"flags", "intents", "assurance.level"}

    def _circumstances(self) -> Iterator[tuple[str, Any]]:
        release, compiled = self._recorded.release, self._compiled
        purpose = release.purposes.get(self._decision.purpose)
        if self._decision.person:
            yield "approved", False
        yield "consent.permitted", False
        if value_at(self._context, "disclosure.needed"):
            yield "disclosure.made", False
        if value_at(self._context, "notice.needed"):
            yield "notice.given", False
        if compiled is not None and compiled.action.assurance:
            yield "assurance.level", compiled.action.assurance - 1
        if compiled is not None and compiled.action.kind == "contact" and purpose is not None:
            yield "contact.do_not_contact", True
            if purpose.caps or release.caps:
                yield "contact.capped", True
            if purpose.quiet_hours is not None:
                yield "contact.quiet", True
            yield from (("contact.suppressed_by", [each]) for each in purpose.suppressed_during)
        principal: Principal | None = release.principals.get(self._decision.actor)
        if principal is not None and principal.budgets:
            yield "actor.within_budget", False
        yield "halted", True


def _arguments(recorded: Recorded, decision: Decision) -> Mapping[str, Any]:
    """Return what was asked for, as the command or the invocation says."""
    given = getattr(recorded.command, "arguments", None)
    if isinstance(given, dict) and given:
        return given
    customer: Customer = recorded.customer
    known = customer.view.invocations.get(decision.invocation)
    return known.arguments if known is not None else {}
