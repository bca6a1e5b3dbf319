"""What the wish to hand a conversation over makes true: it waits for people, or what its queue does when nobody is there."""

from collections.abc import Iterator

from msgspec.structs import replace

from xop.kernel.base.actor import Actor
from xop.kernel.base.ids import derive
from xop.kernel.base.json import canonical
from xop.kernel.base.values import Known, Refusal
from xop.kernel.commands import HandOver
from xop.kernel.context.customer import Customer, Part
from xop.kernel.handovers.facts import HandoverExpired, HandoverOpened
from xop.kernel.handovers.model import Handover, is_open
from xop.kernel.handovers.queue import PARTS, Queue
from xop.kernel.handovers.sufficiency import lacks
from xop.kernel.intents.change import change_intent
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.packet import pack
from xop.kernel.steps.queueing import attended, expire, find_place, patience, tell, watch
from xop.kernel.steps.restraint import OBSERVED

LARGEST = 65_536
"""Bytes of everything that is said when a conversation is handed over."""

_FREE = frozenset({"journey", "trigger", "decision_set", "system"})
"""Kinds of actor that the release itself acts by."""

_LANGUAGE = "language"
"""The profile field that says which language a customer speaks."""


def derive_handover(command: str, origin: str) -> str:
    """Return the id of the handover that a command about a part opens."""
    return derive("hnd", command, origin)


def hand_over(release: Release, customer: Customer, command: HandOver, moment: Moment) -> Step:
    """Open a handover: it waits in a queue where people are, or is over at once as the queue's fallback says."""
    draft = Draft(customer, moment)
    refusal = _refused(release, draft.part, command)
    queue = None if refusal is not None else _queue(release, draft.part, command, moment)
    if isinstance(queue, Refusal):
        refusal, queue = queue, None
    if queue is None:
        return _given_up(draft, command, refusal)
    handover = _handover(draft.part, command, moment, queue)
    required = () if command.run else queue.requires
    packet = pack(release, draft.customer, handover, moment, judged=False)
    missing = tuple(each.part for each in lacks(packet, required or PARTS))
    if required and missing and not (command.urgent or command.anyway):
        remedies = "; ".join(each.remedy for each in lacks(packet, required))
        cause = f"people in {queue.name!r} would miss: {', '.join(missing)}"
        return Step(refusal=Refusal("handover-incomplete", cause, f"{remedies}; or hand it over `anyway`", missing))
    _open(release, draft, replace(handover, missing=missing))
    return draft.step()


def _open(release: Release, draft: Draft, handover: Handover) -> None:
    moment = draft.moment
    place = find_place(release, moment, handover.queue)
    queue = place.queue or place.last
    name = queue.name if queue is not None else handover.queue
    due = patience(place.queue, moment.at, urgent=handover.urgent) if place.queue is not None else 0
    opened = replace(handover, queue=name, due=due, been=(name,))
    if opened.intent:
        draft.add(*change_intent(draft.part.intents, opened.intent, "open", opened.conversation))
    draft.add(HandoverOpened(opened))
    if place.queue is None:
        expire(release, draft, opened, "absent")
        return
    watch(draft, opened.id, due)
    tell(release, draft, "opened", opened, summary=opened.summary, language=opened.language)


def _given_up(draft: Draft, command: HandOver, refusal: Refusal | None) -> Step:
    """A run must not wait for a handover that could not be opened: nobody takes it."""
    if not command.run or refusal is None:
        return Step(refusal=refusal)
    name = derive_handover(command.id, draft.moment.origin)
    known = draft.part.conversations.get(command.conversation)
    held = known.held_by if known is not None else ""
    draft.add(HandoverExpired(name, command.conversation, "nobody", refusal.code, held))
    return draft.step()


def _refused(release: Release, part: Part, command: HandOver) -> Refusal | None:
    """Return why a conversation may not be handed over by this actor, or not with what was said."""
    return next(_refusals(release, part, command), None)


def _refusals(release: Release, part: Part, command: HandOver) -> Iterator[Refusal]:
    actor, name = command.actor, command.conversation
    principal = release.principals.get(command.asked_by or actor)
    if principal is not None and principal.shadow:
        yield OBSERVED
    if actor.kind not in _FREE and actor not in release.principals:
        yield Refusal("handover-stranger", f"{actor} is not known", "declare it in agents.yaml")
    if len(canonical(command)) > LARGEST:
        cause = f"more than {LARGEST} bytes were said"
        yield Refusal("handover-too-large", cause, "summarise, and refer to the rest in `transcript`")
    if actor.kind == "agent" and not name:
        yield Refusal("conversation-missing", "no conversation is named", "name the `conversation` to hand over")
    conversation = part.conversations.get(name)
    if name and conversation is None:
        remedy = "send the signal that opens it first, or look at the customer's conversations"
        yield Refusal("conversation-unknown", f"the customer is in no conversation {name[:80]!r}", remedy)
    for each in part.handovers.values():
        if is_open(each) and ((name and each.conversation == name) or (command.run and each.run == command.run)):
            cause = f"the conversation is handed over already: {each.id} in {each.queue!r}"
            yield Refusal("handover-open", cause, "wait until it is handed back")
    if conversation is not None and actor.kind == "agent" and conversation.held_by not in {"", str(actor)}:
        cause = f"{conversation.held_by} holds the conversation"
        yield Refusal("conversation-held", cause, "only who holds a conversation hands it over")


def _queue(release: Release, part: Part, command: HandOver, moment: Moment) -> Queue | Refusal:
    """Return the queue that is named, or the one that fits best."""
    if command.queue:
        queue = release.queues.get(command.queue)
    else:
        queue = choose_queue(release, _skills(release, part, command), _language(part, command), moment)
    if queue is None:
        known = ", ".join(sorted(release.queues)) or "none"
        return Refusal("queue-unknown", f"no queue fits {command.queue or 'this'!r}", f"name one of: {known}")
    conversation = part.conversations.get(command.conversation)
    often = conversation is not None and conversation.handovers >= release.most_handovers
    if often and find_place(release, moment, queue.name).queue is None:
        cause = f"it was handed over {release.most_handovers} times, and nobody is there"
        return Refusal("handover-bounded", cause, "keep to what the customer was promised")
    return queue


def choose_queue(release: Release, skills: tuple[str, ...], language: str, moment: Moment) -> Queue | None:
    """Return the queue that fits best: by skills, then language, then whether people are there, then as declared."""
    queues = list(release.queues.values())
    if not queues:
        return None

    def fit(queue: Queue) -> tuple[int, bool, bool]:
        return len({*skills} & {*queue.skills}), _speaks(queue, language), attended(release, queue, moment)

    return max(queues, key=fit)


def _speaks(queue: Queue, language: str) -> bool:
    if not queue.languages or not language:
        return True
    return language in queue.languages or language.partition("-")[0] in queue.languages


def _skills(release: Release, part: Part, command: HandOver) -> tuple[str, ...]:
    """A skill may have the name of the intent it is for."""
    if command.skills:
        return command.skills
    intent = _intent(part, command)
    return (intent,) if any(intent in queue.skills for queue in release.queues.values()) else ()


def _language(part: Part, command: HandOver) -> str:
    known = part.profile.get(_LANGUAGE, Known("", 0, ""))
    return command.language or (known.value if isinstance(known.value, str) else "")


def _intent(part: Part, command: HandOver) -> str:
    if command.intent or not command.conversation:
        return command.intent
    own = [
        each
        for each in part.intents.values()
        if each.conversation == command.conversation and each.status in {"open", "attempted"}
    ]
    return max(own, key=lambda each: (each.changed_at, each.name)).name if own else ""


def _handover(part: Part, command: HandOver, moment: Moment, queue: Queue) -> Handover:
    conversation = part.conversations.get(command.conversation)
    before = conversation.held_by if conversation is not None else ""
    return Handover(
        id=derive_handover(command.id, moment.origin),
        conversation=command.conversation,
        queue=queue.name,
        status="waiting",
        at=moment.at,
        since=moment.at,
        actor=command.actor,
        asked_by=command.asked_by,
        intent=_intent(part, command),
        summary=command.summary,
        urgent=command.urgent,
        language=_language(part, command),
        transcript=command.transcript,
        tried=command.tried,
        suggested=command.suggested,
        number=conversation.handovers + 1 if conversation is not None else 1,
        back=_back(command, before),
        before=before,
        run=command.run,
        token=command.token,
    )


def _back(command: HandOver, before: str) -> Actor | None:
    """Return the agent that can go on afterwards: who hands over, for whom it is done, or who held the conversation."""
    for each in (command.actor, command.asked_by):
        if each is not None and each.kind == "agent":
            return each
    kind, _, name = before.partition(":")
    return Actor("agent", name) if kind == "agent" else None
