"""The candidates of a choice: which of them may win now, and where the others fell."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

from msgspec.structs import replace

from xop.kernel.arbiter.context import ACTING
from xop.kernel.base.actor import Actor
from xop.kernel.choices.considered import Considered, Stage
from xop.kernel.choices.ranking import Arm, Option
from xop.kernel.commands import Choice, Proposal
from xop.kernel.compiled.choices import CompiledCandidate, CompiledDecisionSet, CompiledTreatment
from xop.kernel.conditions import Fault
from xop.kernel.context.customer import Customer
from xop.kernel.moment import Moment, Score
from xop.kernel.release import Release
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.proposal import propose
from xop.kernel.steps.sight import Sight

_ORDER: tuple[Stage, ...] = ("treatment", "arguments", "arbiter", "held")
"""How far a treatment came; the furthest of a candidate's treatments tells where the candidate fell."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """One treatment of one candidate that may win."""

    option: Option
    proposal: Proposal
    considered: Considered


def proposal_of(choice: str) -> str:
    """Return the id of the proposal that a choice leads to."""
    return f"proposal:{choice}"


class Consideration:
    """One choice's candidates, judged one after the other."""

    __slots__ = ("_arm", "_command", "_compiled", "_customer", "_moment", "_release", "_scores", "_sight")

    def __init__(
        self,
        release: Release,
        customer: Customer,
        compiled: CompiledDecisionSet,
        command: Choice,
        moment: Moment,
        arm: Arm,
    ) -> None:
        self._release = release
        self._customer = customer
        self._compiled = compiled
        self._command = command
        self._moment = moment
        self._arm = arm
        self._sight = Sight(release, Draft(customer, moment), request=command.request)
        self._scores = _scores(moment)

    def judge(self, candidate: CompiledCandidate) -> list[Entrant] | Considered:
        """Return a candidate's treatments that may win, or where the candidate fell."""
        declared = candidate.candidate
        considered = Considered(declared.name, issue=declared.issue, group=declared.group)
        for stage, condition in candidate.filters:
            holds = condition.holds(self._sight.look(condition.paths))
            if holds is not True:
                return replace(considered, fell=stage, reason=holds.cause if isinstance(holds, Fault) else "")
        fallen: list[Considered] = []
        permitted: list[tuple[CompiledTreatment, Proposal, Considered]] = []
        for treatment in candidate.treatments:
            seen, proposal = self._treat(treatment, considered)
            if seen.fell or proposal is None:
                fallen.append(seen)
            else:
                permitted.append((treatment, proposal, seen))
        if not permitted:
            return max(fallen, key=lambda each: _ORDER.index(each.fell))
        return self._reckon(candidate, permitted)

    def _treat(self, compiled: CompiledTreatment, considered: Considered) -> tuple[Considered, Proposal | None]:
        """The prospective proposal takes the road of every proposal, but nothing of it is kept."""
        treatment = compiled.treatment
        action = self._release.actions.get(treatment.action)
        seen = replace(
            considered,
            treatment=treatment.name,
            action=treatment.action,
            channel=(action.action.channel or "") if action is not None else "",
            direction=treatment.direction,
        )
        if compiled.condition is not None:
            holds = compiled.condition.holds(self._sight.look(compiled.condition.paths))
            if holds is not True:
                reason = holds.cause if isinstance(holds, Fault) else ""
                return replace(seen, fell="treatment", reason=reason), None
        arguments = compiled.arguments.render(self._sight.look(compiled.arguments.paths))
        if not isinstance(arguments, dict):
            reason = arguments.cause if isinstance(arguments, Fault) else "the arguments are no map"
            return replace(seen, fell="arguments", reason=reason), None
        proposal = self._proposal(treatment.action, arguments)
        step = propose(self._release, self._customer, proposal, self._moment)
        if step.refusal is not None or step.decision is None:
            return replace(seen, fell="arguments", reason=step.refusal.cause if step.refusal else ""), None
        if step.decision.verdict != "permit":
            fell: Stage = "held" if step.decision.verdict == "hold" else "arbiter"
            return replace(seen, fell=fell, reason=step.decision.code), None
        return seen, proposal

    def _proposal(self, action: str, arguments: dict[str, Any]) -> Proposal:
        return Proposal(
            id=proposal_of(self._command.id),
            actor=Actor("decision_set", self._compiled.definition.name),
            action=action,
            arguments=arguments,
            conversation=self._command.conversation,
            cause=self._command.id,
            asked_by=self._asker(),
        )

    def _asker(self) -> Actor | None:
        """Whoever has something done is bound by their own limits; a mere ranking does nothing."""
        if self._command.asked_by is not None:
            return self._command.asked_by
        return self._command.actor if self._command.propose and self._command.actor.kind not in ACTING else None

    def _reckon(
        self, candidate: CompiledCandidate, permitted: list[tuple[CompiledTreatment, Proposal, Considered]]
    ) -> list[Entrant] | Considered:
        """Put a number to everything that counts for the priority."""
        declared, levers = candidate.candidate, self._compiled.definition.levers
        value = _number(candidate.value.render(self._sight.look(candidate.value.paths)))
        cost = _number(candidate.cost.render(self._sight.look(candidate.cost.paths)))
        if value is None or cost is None:
            wrong = "value" if value is None else "cost"
            return replace(permitted[0][2], fell="value", reason=f"the {wrong} is no number")
        context = 1.0
        for condition, weight in candidate.context:
            if condition.holds(self._sight.look(condition.paths)) is True:
                context *= weight
        lever = declared.lever * levers.get(declared.issue, 1.0) * levers.get(f"{declared.issue}/{declared.group}", 1.0)
        entrants = []
        for treatment, proposal, seen in permitted:
            name, weight = treatment.treatment.name, lever * treatment.treatment.weight
            said, score = self._score(declared.name, name)
            option = Option(
                declared.name, name, score.propensity, score.spread, value=value, cost=cost, weight=context * weight
            )
            reckoned = replace(seen, model_propensity=said, context=context, value=value, cost=cost, lever=weight)
            entrants.append(Entrant(option, proposal, reckoned))
        return entrants

    def _score(self, candidate: str, treatment: str) -> tuple[float, Score]:
        """Return what the model says, and the score that counts in the customer's arm."""
        fixed = Score(candidate, treatment, self._compiled.definition.model.propensity)
        said = self._scores.get((candidate, treatment)) or self._scores.get((candidate, "")) or fixed
        return said.propensity, fixed if self._arm == "no_model" else said


def _scores(moment: Moment) -> dict[tuple[str, str], Score]:
    """Return the model's scores; one that is no propensity is as good as missing."""
    if moment.scores is None or moment.scores.fault:
        return {}
    return {
        (score.candidate, score.treatment): score
        for score in moment.scores.scores
        if 0 <= score.propensity <= 1 and isfinite(score.spread) and score.spread >= 0
    }


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)
