"""Halting, resuming and which release rules: commands about the platform itself."""

from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Activate, Halt, Resume
from xop.kernel.context.customer import Customer
from xop.kernel.facts import HaltImposed, HaltLifted, ReleaseActivated
from xop.kernel.halts.model import EVERYTHING, KINDS, Halted
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.incident import open_for_halt


def activate(_release: Release, customer: Customer, command: Activate, moment: Moment) -> Step:
    """Note that a release rules; one that ruled before already is nothing new."""
    draft = Draft(customer, moment)
    if draft.part.release != command.release:
        draft.add(ReleaseActivated(command.release, str(command.actor)))
    return draft.step()


def halt(release: Release, customer: Customer, command: Halt, moment: Moment) -> Step:
    """Halt something; what is halted already stays as it is."""
    unknown = _unknown(release, command.scope)
    if unknown is not None:
        return Step(refusal=unknown)
    draft = Draft(customer, moment)
    if command.scope not in draft.part.halts:
        draft.add(HaltImposed(Halted(command.scope, str(command.actor), moment.at, command.reason)))
        if command.actor == SYSTEM:
            open_for_halt(release, draft, command.scope, command.reason, command.id)
    return draft.step()


def resume(_release: Release, customer: Customer, command: Resume, moment: Moment) -> Step:
    """Let something go on; whoever halted it needs another person for that."""
    draft = Draft(customer, moment)
    halted = draft.part.halts.get(command.scope)
    if halted is None:
        known = ", ".join(sorted(draft.part.halts)) or "nothing is"
        return Step(refusal=Refusal("halt-unknown", f"{command.scope!r} is not halted", f"what is halted: {known}"))
    if halted.by == str(command.actor):
        cause = f"{halted.by} halted it, and nobody resumes what they halted themselves"
        return Step(refusal=Refusal("halt-own", cause, "ask a second person to resume it"))
    if command.actor.kind != "operator":
        return Step(refusal=Refusal("halt-person", "only a person resumes what was halted", "ask an operator"))
    draft.add(HaltLifted(command.scope, str(command.actor), command.reason))
    return draft.step()


def _unknown(release: Release, scope: str) -> Refusal | None:
    """Return why there is nothing of that name to halt."""
    kind, _, name = scope.partition(":")
    names = {
        "agent": {actor.id for actor in release.principals if actor.kind == "agent"},
        "action": set(release.actions),
        "connection": set(release.connections),
    }
    if scope == EVERYTHING or name in names.get(kind, ()):
        return None
    if kind not in KINDS:
        remedy = "name `all`, or agent:, action: or connection: and a name"
        return Refusal("halt-scope", f"{scope!r} is nothing that can be halted", remedy)
    known = ", ".join(sorted(names[kind])) or "none"
    return Refusal("halt-scope", f"there is no {kind} {name!r}", f"name one of: {known}")
