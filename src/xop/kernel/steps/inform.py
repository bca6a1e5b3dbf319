"""Informing: what a customer was told about AI, by somebody's word or by an action that says it."""

from typing import NamedTuple

from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.duties import governing
from xop.kernel.base.actor import Actor
from xop.kernel.base.values import Refusal
from xop.kernel.context.customer import Customer, Part
from xop.kernel.facts import DisclosureMade, NoticeGiven
from xop.kernel.moment import Moment
from xop.kernel.oversight.commands import Inform
from xop.kernel.oversight.register import Register, Said
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft

NO_REGISTER = Refusal(
    "text-unknown", "this workspace has no register of AI systems", "add systems.yaml with the text, and publish"
)


def inform(release: Release, customer: Customer, command: Inform, moment: Moment) -> Step:
    """Note that a customer was given a text about AI; an agent speaks for its own systems only."""
    register = release.register
    if register is None:
        return Step(refusal=NO_REGISTER)
    said = register.said(command.text, command.language)
    if said is None:
        return Step(refusal=_no_text(register, command))
    systems = _systems(register, command)
    if isinstance(systems, Refusal):
        return Step(refusal=systems)
    draft = Draft(customer, moment)
    channel = command.channel or _channel(draft.part, command.conversation)
    if register.file.texts[said.text].kind == "disclosure" and not channel:
        cause = "nobody knows on which channel it was said"
        return Step(
            refusal=Refusal("channel-missing", cause, "name the `channel`, and the `conversation` if there is one")
        )
    for system in systems:
        _note(draft, register, system, said, _Giving(command.actor, command.conversation, channel))
    return draft.step()


def say(release: Release, draft: Draft, invocation: Invocation) -> None:
    """Note what an action that was carried out has told the customer by itself."""
    register = release.register
    said = register.carried.get(invocation.action) if register is not None else None
    if register is None or said is None:
        return
    conversation = invocation.conversation or ""
    channel = invocation.channel or _channel(draft.part, conversation)
    actor = invocation.asked_by or invocation.actor
    for system in _giving(register, said.text, governing(register, invocation)):
        _note(draft, register, system, said, _Giving(actor, conversation, channel, invocation.id))


class _Giving(NamedTuple):
    """How a text was given: by whom, where, and by which invocation if any."""

    by: Actor
    conversation: str
    channel: str
    invocation: str = ""


def _note(draft: Draft, register: Register, system: str, said: Said, how: _Giving) -> None:
    kind = DisclosureMade if register.file.texts[said.text].kind == "disclosure" else NoticeGiven
    place = (how.conversation, how.channel, how.invocation)
    draft.add(kind(system, said.text, said.version, said.sha256, said.language, str(how.by), *place))


def _systems(register: Register, command: Inform) -> tuple[str, ...] | Refusal:
    """Return the systems a text was given for."""
    own = register.governing([str(command.actor)]) if command.actor.kind == "agent" else tuple(register.file.systems)
    asked = (command.system,) if command.system else own
    giving = _giving(register, command.text, tuple(name for name in asked if name in own))
    if giving:
        return giving
    known = ", ".join(_giving(register, command.text, own)) or "none"
    whose = f"of {command.actor} " if command.actor.kind == "agent" else ""
    cause = f"no system {whose}gives the text {command.text!r}"
    return Refusal("system-unknown", cause, f"name a text of one of its systems, or one of these systems: {known}")


def _giving(register: Register, text: str, systems: tuple[str, ...]) -> tuple[str, ...]:
    known = register.file.systems
    return tuple(name for name in systems if name in known and text in (known[name].disclosure, known[name].notice))


def _channel(part: Part, conversation: str) -> str:
    known = part.conversations.get(conversation)
    return known.channel if known is not None else ""


def _no_text(register: Register, command: Inform) -> Refusal:
    wording = register.file.texts.get(command.text)
    if wording is None:
        known = ", ".join(sorted(register.file.texts)) or "none"
        return Refusal("text-unknown", f"there is no text {command.text!r} in systems.yaml", f"name one of: {known}")
    cause = f"there is no text {command.text!r} in {command.language!r}"
    return Refusal("text-unknown", cause, f"name one of its languages: {', '.join(wording.languages)}")
