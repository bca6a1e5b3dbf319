"""A decision with everything it was made from, and deciding it again with some values changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import Struct
from msgspec.structs import replace as changed

from xop.kernel.commands import Command, Evaluation, Proposal
from xop.kernel.context.customer import Customer
from xop.kernel.decide import decide
from xop.kernel.hindsight.altered import AlteredPolicies
from xop.kernel.moment import Moment, Scores
from xop.kernel.policy.model import Request
from xop.kernel.release import CompiledAction, Release
from xop.kernel.step import Step

ARGUMENTS = "arguments."
FACTS = "facts."
SCORES = "scores."
"""What a model said of a candidate's treatment: `scores.CANDIDATE.TREATMENT`."""

ARM = "arm"
"""The control group that a customer is in."""

HALTED = "halted"


class Recorded(Struct, frozen=True):
    """A decision with everything it was made from."""

    release: Release
    customer: Customer
    """As they were before."""
    command: Command
    moment: Moment
    other: Customer | None = None


class Again(Struct, frozen=True):
    """A step taken again, and what the rules were asked."""

    step: Step
    asked: tuple[Request, ...]


def again(recorded: Recorded, changes: Mapping[str, Any]) -> Again:
    """Take a step again with some values changed, by dotted path; None stands for no value at all.

    Whatever a value is made from stays: of changed arguments everything is made anew but what was read for them.
    """
    policies = AlteredPolicies(recorded.release.policies, _of_rules(changes))
    release = replace(_release(recorded, changes), policies=policies)
    moment, command = _moment(recorded.moment, changes), _command(recorded.command, changes)
    step = decide(release, recorded.customer, command, moment, recorded.other)
    return Again(step, tuple(policies.asked))


def _of_rules(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in changes.items() if path != ARM and not path.startswith(SCORES)}


def _command(command: Command, changes: Mapping[str, Any]) -> Command:
    given = {path.removeprefix(ARGUMENTS): value for path, value in changes.items() if path.startswith(ARGUMENTS)}
    if not given or not isinstance(command, Proposal | Evaluation):
        return command
    arguments = {name: value for name, value in {**command.arguments, **given}.items() if value is not None}
    return changed(command, arguments=arguments)


def _moment(moment: Moment, changes: Mapping[str, Any]) -> Moment:
    if changes.get(HALTED) is False:
        moment = changed(moment, halts=())
    scores = moment.scores
    if scores is None:
        return moment
    said = [
        changed(each, propensity=changes.get(f"{SCORES}{each.candidate}.{each.treatment}", each.propensity))
        for each in scores.scores
    ]
    return changed(moment, scores=Scores(scores.model, tuple(said), scores.features, scores.fault))


def _release(recorded: Recorded, changes: Mapping[str, Any]) -> Release:
    """A fact that was unknown and is given is no longer missing; a customer in no control group is one of all others."""
    release = recorded.release
    given = {path.removeprefix(FACTS) for path in changes if path.startswith(FACTS)}
    if given:
        actions = {name: _relaxed(each, given) for name, each in release.actions.items()}
        release = replace(release, actions=actions)
    if ARM in changes:
        sets = {
            name: replace(each, definition=changed(each.definition, arms=type(each.definition.arms)()))
            for name, each in release.decision_sets.items()
        }
        release = replace(release, decision_sets=sets)
    return release


def _relaxed(compiled: CompiledAction, given: set[str]) -> CompiledAction:
    if not any(fact.source.name in given for fact in compiled.facts):
        return compiled
    facts = tuple(
        replace(fact, source=changed(fact.source, required=False)) if fact.source.name in given else fact
        for fact in compiled.facts
    )
    return replace(compiled, facts=facts)
