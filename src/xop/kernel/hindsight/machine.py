"""The part that AI and people had in a decision (AI Act Article 86, GDPR Article 22(3))."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from xop.kernel.base.actor import Actor
from xop.kernel.decisions.aftermath import Happening
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.recorded import Recorded
from xop.kernel.hindsight.voice import words
from xop.kernel.release import Release

Role = Literal["automated", "ai_recommended_human_decided", "human_decided_ai_informed", "none"]

_ANSWERS = frozenset({"approved", "refused", "edited"})

_CHOICE = "choice:"


class Machine(Struct, frozen=True, omit_defaults=True):
    """One AI system that had a part in a decision."""

    name: str
    provider: str = ""
    model: str = ""
    version: str = ""
    purpose: str = ""
    risk_class: str = ""
    instructions: str = ""
    """The id and version of the instructions for use."""
    oversight: tuple[str, ...] = ()
    registered: bool = True


class Parts(Struct, frozen=True):
    """Who had which part."""

    role: Role
    machines: tuple[Machine, ...]
    by_person: bool
    """Whether a person decided, or asked for it themselves."""
    answers: tuple[Happening, ...]
    """What people said to it."""
    asked_by_person: bool


def parts_of(
    decision: Decision, release: Release | None, recorded: Recorded | None, after: Sequence[Happening]
) -> Parts:
    """Return who had which part in a decision, by the register of AI systems and by what is declared of agents."""
    asker = _asker(decision, recorded)
    machines = _machines(decision, release, recorded, asker)
    answers = tuple(each for each in after if each.what in _ANSWERS)
    asked = decision.actor.kind == "operator" or (asker is not None and asker.kind == "operator")
    answered = bool(decision.person or answers) or decision.until == "approval"
    role: Role = "none"
    if machines:
        role = "automated"
        if asked:
            role = "human_decided_ai_informed"
        elif answered:
            role = "ai_recommended_human_decided"
    return Parts(role, machines, asked or bool(decision.person or answers), answers, asked)


def _asker(decision: Decision, recorded: Recorded | None) -> Actor | None:
    if recorded is None:
        return None
    known = recorded.customer.view.invocations.get(decision.invocation)
    return known.asked_by if known is not None else getattr(recorded.command, "asked_by", None)


def _machines(
    decision: Decision, release: Release | None, recorded: Recorded | None, asker: Actor | None
) -> tuple[Machine, ...]:
    actors = [each for each in (decision.actor, asker) if each is not None]
    names = [str(each) for each in actors]
    if decision.action:
        names.append(f"action:{decision.action}")
    if decision.decision_set or decision.cause.startswith(_CHOICE):
        names.append(f"decision_set:{decision.decision_set or _set_of(decision)}")
    found = _registered(release, names, recorded)
    covered = release.register.covering if release is not None and release.register is not None else {}
    strangers = [each for each in actors if each.kind == "agent" and not covered.get(str(each))]
    return (*found, *(_agent(each, release) for each in strangers))


def _set_of(decision: Decision) -> str:
    return decision.actor.id if decision.actor.kind == "decision_set" else ""


def _registered(release: Release | None, names: Sequence[str], recorded: Recorded | None) -> tuple[Machine, ...]:
    register = release.register if release is not None else None
    if register is None:
        return ()
    scores = recorded.moment.scores if recorded is not None else None
    found = []
    for name in register.governing(names):
        system = register.file.systems[name]
        guide = system.instructions
        found.append(
            Machine(
                name,
                system.provider,
                system.model,
                scores.model if scores is not None and scores.model else system.version,
                system.purpose,
                system.risk_class,
                f"{guide.id} {guide.version}" if guide is not None else "",
                system.oversight,
            )
        )
    return tuple(found)


def _agent(actor: Actor, release: Release | None) -> Machine:
    """Return what agents.yaml says of an agent that no system of the register covers."""
    known = release.principals.get(actor) if release is not None else None
    if known is None:
        return Machine(actor.id, registered=False)
    return Machine(actor.id, known.maker, known.model, purpose=known.description, registered=False)


def called(machine: Machine) -> str:
    """Return an AI system's name as people read it."""
    return words(machine.name)
