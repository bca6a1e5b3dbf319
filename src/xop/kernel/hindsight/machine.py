"""The part that AI and people had in a decision (AI Act Article 86, GDPR Article 22(3))."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from xop.kernel.base.actor import Actor
from xop.kernel.decisions.aftermath import Happening
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.recorded import Recorded
from xop.kernel.oversight.system import System
from xop.kernel.release import Release

Role = Literal["automated", "ai_recommended_human_decided", "human_decided_ai_informed", "none"]

_ANSWERS = frozenset({"approved", "refused", "edited"})


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
    approved_by: tuple[str, ...] = ()
    """Who had approved it by then, such as when it was judged once more to be carried out."""


def parts_of(decision: Decision, recorded: Recorded | None, after: Sequence[Happening]) -> Parts:
    """Return who had which part in a decision, by the register of AI systems and by what is declared of agents."""
    asker = _asker(decision, recorded)
    approved = _approved_by(decision, recorded)
    machines = _machines(decision, recorded, asker)
    answers = tuple(each for each in after if each.what in _ANSWERS)
    asked = decision.actor.kind == "operator" or (asker is not None and asker.kind == "operator")
    answered = bool(decision.person or answers or approved)
    role: Role = "none"
    if machines:
        role = "automated"
        if asked:
            role = "human_decided_ai_informed"
        elif answered or decision.until == "approval":
            role = "ai_recommended_human_decided"
    return Parts(role, machines, asked or answered, answers, asked, approved)


def _asker(decision: Decision, recorded: Recorded | None) -> Actor | None:
    if recorded is None:
        return None
    known = recorded.customer.view.invocations.get(decision.invocation)
    return known.asked_by if known is not None else getattr(recorded.command, "asked_by", None)


def _approved_by(decision: Decision, recorded: Recorded | None) -> tuple[str, ...]:
    known = recorded.customer.view.invocations.get(decision.invocation) if recorded is not None else None
    return known.approved_by if known is not None else ()


def _machines(decision: Decision, recorded: Recorded | None, asker: Actor | None) -> tuple[Machine, ...]:
    release = recorded.release if recorded is not None else None
    register = release.register if release is not None else None
    actors = [each for each in (decision.actor, asker) if each is not None]
    agents = [each for each in actors if each.kind == "agent"]
    if register is None:
        return tuple(_agent(each, release) for each in agents)
    chooser = f"decision_set:{decision.decision_set}" if decision.decision_set else ""
    names = filter(None, (*map(str, actors), decision.action and f"action:{decision.action}", chooser))
    scores = recorded.moment.scores if recorded is not None else None
    scored = register.governing([chooser]) if scores is not None and scores.model else ()
    found = [
        _registered(name, register.file.systems[name], scores.model if scores is not None and name in scored else "")
        for name in register.governing(names)
    ]
    return (*found, *(_agent(each, release) for each in agents if not register.covering.get(str(each))))


def _registered(name: str, system: System, version: str) -> Machine:
    guide = system.instructions
    return Machine(
        name,
        system.provider,
        system.model,
        version or system.version,
        system.purpose,
        system.risk_class,
        f"{guide.id} {guide.version}" if guide is not None else "",
        system.oversight,
    )


def _agent(actor: Actor, release: Release | None) -> Machine:
    """Return what agents.yaml says of an agent that no system of the register covers."""
    known = release.principals.get(actor) if release is not None else None
    if known is None:
        return Machine(actor.id, registered=False)
    return Machine(actor.id, known.maker, known.model, purpose=known.description, registered=False)
