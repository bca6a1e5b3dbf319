"""What the question for the next best action makes true: a choice, be it nothing, and the proposal it leads to."""

from msgspec.structs import replace

from xop.kernel.actions.invocation import derive_invocation
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.choices.considered import Considered, Stage
from xop.kernel.choices.facts import Chosen, decision_of
from xop.kernel.choices.ranking import Arm, Ranking, arm_of, rank
from xop.kernel.commands import Choice, Lapse
from xop.kernel.compiled.choices import CompiledDecisionSet
from xop.kernel.context.customer import Customer
from xop.kernel.decisions.model import Decision, Evidence, Reason
from xop.kernel.decisions.reasons import CHOSEN
from xop.kernel.effects import Schedule
from xop.kernel.facts import ActionChosen
from xop.kernel.moment import Moment, Scores
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.answers import await_result, give_up
from xop.kernel.steps.candidates import Consideration, Entrant, proposal_of
from xop.kernel.steps.commitments import reads_of
from xop.kernel.steps.draft import Draft

_FREE = frozenset({"journey", "trigger", "system"})
"""Kinds of actor that may ask every decision set: the release itself says what they ask."""


def choose(release: Release, customer: Customer, command: Choice, moment: Moment) -> Step:
    """Rank what may be done next for a customer, and propose the winner unless the asker does so."""
    compiled = release.decision_sets.get(command.decision_set)
    refusal = _refusal(release, command)
    if refusal is not None or compiled is None:
        return Step(refusal=refusal)
    arm = arm_of(compiled.definition.arms, compiled.definition.name, customer.id)
    entrants, fallen = _judge(Consideration(release, customer, compiled, command, moment, arm), compiled)
    definition = compiled.definition
    ranking = rank([each.option for each in entrants], arm, definition.explore.rate, definition.floor, moment.seed)
    winner = None if ranking.chosen is None else entrants[ranking.chosen]
    chosen = _chosen(compiled, command, moment, arm, ranking, winner)
    considered = _considered(compiled, entrants, fallen, ranking)
    decision, evidence = _decision(release, command, moment, chosen, considered, ranking)
    draft = Draft(customer, moment)
    draft.add(ActionChosen(chosen))
    if chosen.invocation and winner is not None:
        draft.ask(Schedule(winner.proposal.id, moment.at, winner.proposal))
    await_result(draft, chosen)
    return draft.step(decision, evidence)


def lapse(_release: Release, customer: Customer, command: Lapse, moment: Moment) -> Step:
    """Wait no longer for the result of a choice: none is a failure."""
    draft = Draft(customer, moment)
    chosen = draft.part.choices.get(command.choice)
    if chosen is not None:
        give_up(draft, chosen)
    return draft.step()


def _refusal(release: Release, command: Choice) -> Refusal | None:
    name, actor = command.decision_set, command.actor
    if name not in release.decision_sets:
        known = ", ".join(sorted(release.decision_sets)) or "none"
        return Refusal("decision-set-unknown", f"there is no decision set {name!r}", f"name one of: {known}")
    if actor.kind in _FREE:
        return None
    principal = release.principals.get(actor)
    if principal is not None and {name, "*"} & set(principal.decisions):
        return None
    remedy = "name the decision set in its `decisions` in agents.yaml"
    return Refusal("decision-set-not-granted", f"{actor} is not granted the decision set {name!r}", remedy)


def _judge(judging: Consideration, compiled: CompiledDecisionSet) -> tuple[list[Entrant], dict[str, Considered]]:
    entrants: list[Entrant] = []
    fallen: dict[str, Considered] = {}
    for candidate in compiled.candidates:
        judged = judging.judge(candidate)
        if isinstance(judged, Considered):
            fallen[judged.name] = judged
        else:
            entrants += judged
    return entrants, fallen


def _chosen(
    compiled: CompiledDecisionSet,
    command: Choice,
    moment: Moment,
    arm: Arm,
    ranking: Ranking,
    winner: Entrant | None,
) -> Chosen:
    scores = moment.scores or Scores("")
    chosen = Chosen(
        command.id,
        compiled.definition.name,
        "",
        moment.at,
        arm=arm,
        probability=ranking.probability,
        model="" if scores.fault or arm == "no_model" else scores.model,
        features=scores.features,
        due=moment.at + milliseconds(compiled.definition.window) if compiled.results else 0,
    )
    if winner is None or ranking.chosen is None:
        return chosen
    return replace(
        chosen,
        candidate=winner.option.candidate,
        treatment=winner.option.treatment,
        action=winner.proposal.action,
        propensity=ranking.propensities[ranking.chosen],
        invocation=derive_invocation(proposal_of(command.id), moment.origin) if command.propose else "",
    )


def _considered(
    compiled: CompiledDecisionSet, entrants: list[Entrant], fallen: dict[str, Considered], ranking: Ranking
) -> tuple[Considered, ...]:
    """Return the winner, then the others by priority, then those that could not win in the order they are declared."""
    best: dict[str, int] = {}
    probability: dict[str, float] = {}
    for number, entrant in enumerate(entrants):
        name = entrant.option.candidate
        probability[name] = probability.get(name, 0.0) + ranking.probabilities[number]
        known = best.get(name)
        if (
            known is None
            or number == ranking.chosen
            or (known != ranking.chosen and ranking.priorities[number] > ranking.priorities[known])
        ):
            best[name] = number
    ordered = sorted(best.values(), key=lambda number: -ranking.priorities[number])
    ranked = [
        replace(
            entrants[number].considered,
            fell=_fell(compiled, ranking, number),
            propensity=ranking.propensities[number],
            priority=ranking.priorities[number],
            rank=place,
            probability=round(probability[entrants[number].option.candidate], 12),
        )
        for place, number in enumerate(ordered, 1)
    ]
    rest = [fallen[each.candidate.name] for each in compiled.candidates if each.candidate.name in fallen]
    return tuple(sorted(ranked, key=lambda each: bool(each.fell))) + tuple(rest)


def _fell(compiled: CompiledDecisionSet, ranking: Ranking, number: int) -> Stage:
    if number == ranking.chosen:
        return ""
    if ranking.way == "holdout":
        return "holdout"
    return "outranked" if ranking.priorities[number] > compiled.definition.floor else "floor"


def _decision(
    release: Release,
    command: Choice,
    moment: Moment,
    chosen: Chosen,
    considered: tuple[Considered, ...],
    ranking: Ranking,
) -> tuple[Decision, Evidence]:
    name = decision_of(command.id)
    action = release.actions.get(chosen.action)
    message = CHOSEN[ranking.way].format(winner=f"{chosen.candidate} by {chosen.treatment}")
    source = f"decision set {chosen.decision_set}"
    features = {f"features.{feature}": value for feature, value in chosen.features.items()}
    reason = Reason(f"xop.choice.{ranking.way}", "permit" if chosen.candidate else "forbid", message, tuple(features))
    decision = Decision(
        id=name,
        at=moment.at,
        command=command.id,
        stage="choice",
        actor=command.actor,
        customer=moment.origin,
        release=release.digest,
        action=chosen.action,
        action_version=action.action.version if action is not None else 0,
        invocation=chosen.invocation,
        verdict="permit" if chosen.candidate else "deny",
        purpose=action.action.purpose if action is not None else "",
        reasons=(reason,),
        reads=reads_of(features, source, moment),
        channel=action.action.channel if action is not None else None,
        code=reason.rule,
        cause=command.cause or "",
        decision_set=chosen.decision_set,
        arm=chosen.arm,
        probability=chosen.probability,
        candidates=considered,
    )
    return decision, Evidence(name, features)
