"""The kinds of change that a signal type may declare, and what each makes true."""

from collections.abc import Callable
from typing import Any

from xop.kernel import facts as f
from xop.kernel.base.actor import Actor
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Known, Refusal
from xop.kernel.commands import HandOver, Proposal, Reconsideration
from xop.kernel.conditions import Fault
from xop.kernel.consent.answer import lineage
from xop.kernel.effects import Schedule
from xop.kernel.handovers.model import TranscriptReference
from xop.kernel.identity.model import Assurance
from xop.kernel.intents.change import change_intent
from xop.kernel.release import CompiledChange
from xop.kernel.signals.model import Change
from xop.kernel.steps.consent import ConsentWish, change_consent, expire_consent, follow_consent
from xop.kernel.steps.promise import close_promise, make_promise
from xop.kernel.steps.reception import Reception


def make(reception: Reception, compiled: CompiledChange) -> None:
    """Make every kind of change that one clause declares, in the order of `_CHANGES`."""
    for kind in compiled.kinds:
        _CHANGES[kind](reception, compiled)


def kinds_of(change: Change) -> tuple[str, ...]:
    """Return the kinds of change that one clause writes, in the order of `_CHANGES`."""
    return tuple(kind for kind in _CHANGES if getattr(change, kind) is not None)


def _set(reception: Reception, compiled: CompiledChange) -> None:
    values = reception.fill(compiled.templates["set"])
    if not isinstance(values, dict):
        cause = values.cause if isinstance(values, Fault) else "the value is no map of profile fields"
        reception.draft.add(f.ChangeSkipped(f"{compiled.name}/set", cause))
        return
    view = reception.draft.part.profile
    for field, value in values.items():
        known = view.get(field)
        if value is not None and (known is None or _newer(known, value, reception.time)):
            reception.draft.add(f.ProfileChanged(field, value, reception.signal.type, reception.time))


def _newer(known: Known, value: Any, time: int) -> bool:
    """Say whether a value learned at a moment changes what is known: a later one, or another of the same moment."""
    return known.at < time or (known.at == time and known.value != value)


def _count(reception: Reception, compiled: CompiledChange) -> None:
    count = compiled.change.count
    if count is not None:
        since = reception.draft.moment.at - milliseconds(count.window)
        reception.draft.add(f.CounterAdvanced(count.counter, reception.time, since))


def _raise(reception: Reception, compiled: CompiledChange) -> None:
    flag = compiled.change.raises
    if flag is not None:
        reference = reception.text(compiled.templates.get("raise.reference"))
        reception.draft.add(f.FlagRaised(flag.flag, reception.signal.type, reference))
        _judge_again(reception, lambda _purpose, contact: contact)


def _clear(reception: Reception, compiled: CompiledChange) -> None:
    flag = compiled.change.clear
    if flag is not None and flag.flag in reception.draft.part.flags:
        reception.draft.add(f.FlagCleared(flag.flag, reception.text(compiled.templates.get("clear.reference"))))


def _conversation(reception: Reception, compiled: CompiledChange) -> None:
    step = compiled.change.conversation
    name = reception.text(compiled.templates["conversation.id"])
    known = name in reception.draft.part.conversations
    if step is None or not name or (step.change == "close" and not known):
        return
    if step.change == "close":
        reception.draft.add(f.ConversationClosed(name))
    elif not known:
        channel = reception.text(compiled.templates.get("conversation.channel"))
        topic = reception.text(compiled.templates.get("conversation.topic"))
        agent = reception.text(compiled.templates.get("conversation.held_by"))
        reception.draft.add(f.ConversationOpened(name, channel, topic, f"agent:{agent}" if agent else ""))
    elif step.change == "continue":
        reception.draft.add(f.ConversationContinued(name))


def _intent(reception: Reception, compiled: CompiledChange) -> None:
    step = compiled.change.intent
    name = reception.text(compiled.templates["intent.name"])
    if step is not None and name:
        reception.draft.add(*change_intent(reception.draft.part.intents, name, step.change, reception.conversation))


def _promise(reception: Reception, compiled: CompiledChange) -> None:
    step = compiled.change.promise
    name = reception.text(compiled.templates["promise.id"])
    if step is None or not name:
        return
    if step.change == "make":
        due = None if step.due_in is None else reception.time + milliseconds(step.due_in)
        what = reception.text(compiled.templates.get("promise.what"))
        make_promise(reception.draft, reception.signal.id, name, what, due)
    else:
        close_promise(reception.draft, name, kept=step.change == "keep")


def _consent(reception: Reception, compiled: CompiledChange) -> None:
    step = compiled.change.consent
    if step is None:
        return
    release, draft = reception.release, reception.draft
    purpose, channel, proof, until = (
        reception.text(compiled.templates.get(f"consent.{name}")) for name in ("purpose", "channel", "proof", "until")
    )
    wish = ConsentWish(purpose, channel, proof, until, reception.fill(compiled.templates["consent.details"]))
    if step.change == "expire":
        facts: tuple[f.ConsentFact, ...] | Refusal = expire_consent(draft, wish)
    else:
        facts = change_consent(release, step.change, wish, reception.time, reception.signal.source)
    if isinstance(facts, Refusal):
        draft.add(f.ChangeSkipped(f"{compiled.name}/consent", facts.cause))
        return
    draft.add(*facts)
    follow_consent(release, draft, facts, reception.signal.id)
    if step.change not in {"grant", "soft_opt_in"}:
        ended = {fact.purpose for fact in facts}
        _judge_again(reception, lambda purpose, _contact: not ended.isdisjoint(lineage(release.purposes, purpose)))


def _verify(reception: Reception, compiled: CompiledChange) -> None:
    step = compiled.change.verify
    if step is None:
        return
    by = reception.text(compiled.templates.get("verify.by"))
    method = reception.text(compiled.templates.get("verify.method"))
    if step.result == "refused":
        reception.draft.add(f.VerificationFailed(method, by, reception.time, reception.conversation))
        _judge_again(reception, lambda _purpose, _contact: True)
        return
    until = reception.time + milliseconds(step.valid_for)
    reception.draft.add(
        f.IdentityVerified(Assurance(step.level, method, by, reception.time, until, reception.conversation))
    )
    _judge_again(reception, lambda _purpose, _contact: True, waiting="verification")


def _contact(reception: Reception, compiled: CompiledChange) -> None:
    purpose, channel, sender = (
        reception.text(compiled.templates.get(f"contact.{name}")) for name in ("purpose", "channel", "sender")
    )
    since = reception.draft.moment.at - reception.release.contact_window
    reception.draft.add(f.ContactRecorded(purpose, channel, sender, since))


def _propose(reception: Reception, compiled: CompiledChange) -> None:
    """A proposal takes the same road as anybody's: it is submitted as a command of its own, at once."""
    step, draft = compiled.change.propose, reception.draft
    if step is None:
        return
    arguments = reception.fill(compiled.templates["arguments"])
    if isinstance(arguments, Fault):
        draft.add(f.ChangeSkipped(f"{compiled.name}/propose", arguments.cause))
        return
    if step.once_per is not None:
        counter, since = f"trigger:{compiled.name}", draft.moment.at - milliseconds(step.once_per)
        if any(time > since for time in draft.part.counters.get(counter, ())):
            return
        draft.add(f.CounterAdvanced(counter, draft.moment.at, since))
    name = f"proposal:{reception.signal.id}:{compiled.name}"
    proposal = Proposal(
        id=name,
        actor=Actor("trigger", compiled.name),
        action=step.action,
        arguments=arguments,
        purpose=step.purpose,
        conversation=reception.conversation or None,
        cause=reception.signal.id,
        asked_by=reception.signal.asked_by,
    )
    draft.ask(Schedule(name, draft.moment.at, proposal))


def _hand_over(reception: Reception, compiled: CompiledChange) -> None:
    """A rule asks for people as anybody does, and what it cannot know is missing."""
    step, draft = compiled.change.hand_over, reception.draft
    if step is None:
        return
    if reception.conversation not in draft.part.conversations:
        cause = f"the customer is in no conversation {reception.conversation!r}"
        draft.add(f.ChangeSkipped(f"{compiled.name}/hand_over", cause))
        return
    name = f"handover:{reception.signal.id}:{compiled.name}"
    transcript = reception.text(compiled.templates.get("hand_over.transcript"))
    wish = HandOver(
        id=name,
        actor=Actor("trigger", compiled.name),
        conversation=reception.conversation,
        queue=step.queue,
        intent=reception.text(compiled.templates.get("hand_over.intent")),
        summary=reception.text(compiled.templates.get("hand_over.summary")),
        transcript=(TranscriptReference(transcript),) if transcript else (),
        urgent=step.urgent,
        anyway=True,
        cause=reception.signal.id,
    )
    draft.ask(Schedule(name, draft.moment.at, wish))


def _judge_again(reception: Reception, concerns: Callable[[str, bool], bool], waiting: str = "") -> None:
    """Have every invocation that a change concerns judged again at once; those of other parts too."""
    draft, cause = reception.draft, reception.signal.id
    for part in draft.customer.parts:
        for invocation in part.invocations.values():
            if invocation.status not in {"held", "queued"} or (waiting and invocation.until != waiting):
                continue
            compiled = reception.release.actions.get(invocation.action)
            if compiled is not None and concerns(invocation.purpose, compiled.action.kind == "contact"):
                again = Reconsideration(f"again:{invocation.id}:{cause}", invocation.id, cause=cause)
                draft.ask(Schedule(f"now:{invocation.id}", draft.moment.at, again, part=part.id))


_CHANGES: dict[str, Callable[[Reception, CompiledChange], None]] = {
    "sets": _set,
    "count": _count,
    "raises": _raise,
    "clear": _clear,
    "conversation": _conversation,
    "intent": _intent,
    "promise": _promise,
    "consent": _consent,
    "verify": _verify,
    "contact": _contact,
    "propose": _propose,
    "hand_over": _hand_over,
}
"""The kinds of change in the order in which one clause makes them."""
