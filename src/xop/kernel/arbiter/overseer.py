"""Overseers: who is fit to approve what an AI system proposes."""

from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.duties import governing
from xop.kernel.base.actor import Actor
from xop.kernel.base.days import end_of
from xop.kernel.base.principal import Principal, Training
from xop.kernel.base.risks import annex_point
from xop.kernel.base.values import Refusal
from xop.kernel.oversight.register import Register
from xop.kernel.oversight.standing import DutyState, duty_states
from xop.kernel.release import CompiledAction, Release


def unfit_to_approve(
    release: Release, compiled: CompiledAction, invocation: Invocation, actor: Actor, at: int
) -> Refusal | None:
    """Return why somebody may not approve what an AI system proposes: conflicted, or not trained for it."""
    register = release.register
    if register is None:
        return None
    agents = [each for each in (invocation.actor, invocation.asked_by) if each is not None and each.kind == "agent"]
    for agent in agents:
        if (owned := release.principals.get(agent)) is not None and owned.owner in {actor.id, str(actor)}:
            cause = f"{actor} answers for {agent}, and nobody approves what their own agent proposes"
            return Refusal("approval-conflict", cause, "ask another person with the right role")
    systems = governing(register, invocation)
    if not _needs_training(register, compiled, systems, at):
        return None
    return _untrained(release.principals.get(actor), actor, systems, at)


def _needs_training(register: Register, compiled: CompiledAction, systems: tuple[str, ...], at: int) -> bool:
    """What a workspace calls a high risk needs trained people from the start; what the law does, from its day on."""
    if systems and compiled.action.risk == "high":
        return True
    points = [compiled.action.risk_class, *(register.file.systems[name].risk_class for name in systems)]
    return register.in_force("competence", at) and any(map(annex_point, points))


def _untrained(principal: Principal | None, actor: Actor, systems: tuple[str, ...], at: int) -> Refusal | None:
    training = principal.training if principal is not None else None
    named = ", ".join(systems) or "the system"
    if training is None:
        cause = f"{actor} has no training on record for {named}"
        return Refusal("approval-untrained", cause, "ask somebody who has, or name it as `training` in agents.yaml")
    if at >= end_of(training.valid_until):
        cause = f"the training {training.record!r} of {actor} was valid until {training.valid_until}"
        return Refusal("approval-untrained", cause, "ask somebody whose training is valid")
    lacking = [name for name in systems if not covers(training, name)]
    if not lacking:
        return None
    cause = f"the training {training.record!r} of {actor} is not about {', '.join(lacking)}"
    return Refusal("approval-untrained", cause, "ask somebody who was trained for it")


def covers(training: Training, system: str) -> bool:
    """Say whether a training is about a system."""
    return "*" in training.systems or system in training.systems


def trained_people(release: Release, system: str, at: int) -> tuple[str, ...]:
    """Return the people whose training is valid at a moment and is about a system."""
    return tuple(
        str(actor)
        for actor, each in release.principals.items()
        if each.training is not None and covers(each.training, system) and at < end_of(each.training.valid_until)
    )


def states_of(release: Release, system: str, at: int) -> tuple[DutyState, ...]:
    """Return how a system of a release stands to each duty; nothing where there is no register."""
    register = release.register
    if register is None:
        return ()
    covered = register.file.systems[system].covers
    points = [
        annex_point(each.action.risk_class) for name, each in release.actions.items() if f"action:{name}" in covered
    ]
    return duty_states(register, system, trained_people(release, system, at), at, points)
