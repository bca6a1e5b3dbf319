"""What people at the desk do with handovers: they accept, decline and hand back; and what time does in their place."""

from msgspec.structs import replace

from xop.kernel.base.actor import Actor
from xop.kernel.base.json import canonical
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Accept, Decline, Escalate, HandBack, Reply
from xop.kernel.context.customer import Customer
from xop.kernel.context.facts import ProfileChanged
from xop.kernel.handovers.facts import HandoverAccepted, HandoverDeclined, HandoverEscalated, HandoverReturned
from xop.kernel.handovers.model import PEOPLE, RESOLVED, Handover, is_open
from xop.kernel.handovers.outcome import meant
from xop.kernel.handovers.queue import Queue
from xop.kernel.intents.change import change_intent
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.queueing import MOST_MOVES, expire, find_place, patience, tell, watch

SUPERVISOR = "supervisor"
"""The role that can hand back for others, and to an agent once a conversation has been passed too often."""

LARGEST = 16_384
"""Bytes of what a person writes when they hand back."""


def accept(release: Release, customer: Customer, command: Accept, moment: Moment) -> Step:
    """Give a waiting handover to the first person who takes it."""
    draft = Draft(customer, moment)
    handover = draft.part.handovers.get(command.handover)
    refusal = _not_for(release, handover, command.actor)
    if handover is None or refusal is not None:
        return Step(refusal=refusal)
    by = str(command.actor)
    if handover.status == "accepted":
        return draft.step() if handover.accepted_by == by else Step(refusal=_taken(handover))
    queue = release.queues.get(handover.queue)
    due = moment.at + milliseconds(queue.handling) if queue is not None and queue.handling is not None else 0
    draft.add(HandoverAccepted(handover.id, handover.conversation, by, due))
    watch(draft, handover.id, due)
    tell(release, draft, "accepted", handover, by=by)
    return draft.step()


def decline(release: Release, customer: Customer, command: Decline, moment: Moment) -> Step:
    """Let a person pass a handover by; once enough of them have, it goes on to the next queue, or back."""
    draft = Draft(customer, moment)
    handover = draft.part.handovers.get(command.handover)
    refusal = _not_for(release, handover, command.actor)
    if handover is None or refusal is not None:
        return Step(refusal=refusal)
    by = str(command.actor)
    if handover.status == "accepted" and handover.accepted_by != by:
        return Step(refusal=_taken(handover))
    queue = release.queues.get(handover.queue)
    if handover.status == "waiting" and queue is not None and len({*handover.declined_by, by}) < queue.declines:
        if by not in handover.declined_by:
            draft.add(_declined(handover, by, handover.queue, handover.due, command.reason))
        return draft.step()
    following = _following(release, handover, moment)
    if following is None:
        draft.add(_declined(handover, by, handover.queue, handover.due, command.reason))
        expire(release, draft, handover, "declined")
        return draft.step()
    due = patience(following, moment.at, urgent=handover.urgent)
    draft.add(_declined(handover, by, following.name, due, command.reason))
    _moved(release, draft, handover, due, "declined")
    return draft.step()


def _declined(handover: Handover, by: str, queue: str, due: int, reason: str) -> HandoverDeclined:
    return HandoverDeclined(handover.id, handover.conversation, by, queue, due, reason)


def escalate(release: Release, customer: Customer, command: Escalate, moment: Moment) -> Step:
    """Send a handover on that nobody has taken, or brought to an end, in time."""
    draft = Draft(customer, moment)
    handover = draft.part.handovers.get(command.handover)
    if handover is None or not is_open(handover) or handover.due != command.due:
        return draft.step()
    reason = "late" if handover.status == "waiting" else "unfinished"
    following = _following(release, handover, moment)
    if following is None:
        expire(release, draft, handover, reason)
        return draft.step()
    due = patience(following, moment.at, urgent=handover.urgent)
    draft.add(HandoverEscalated(handover.id, handover.conversation, following.name, due, reason))
    _moved(release, draft, handover, due, reason)
    return draft.step()


def _following(release: Release, handover: Handover, moment: Moment) -> Queue | None:
    """Return where a handover waits next; what somebody had taken may wait again where it was."""
    if handover.moves >= MOST_MOVES:
        return None
    queue = release.queues.get(handover.queue)
    following = find_place(release, moment, (queue.escalation or "") if queue is not None else "", handover.been).queue
    if following is None and handover.status == "accepted":
        following = find_place(release, moment, handover.queue).queue
    return following


def _moved(release: Release, draft: Draft, handover: Handover, due: int, reason: str) -> None:
    watch(draft, handover.id, due)
    tell(release, draft, "escalated", draft.part.handovers[handover.id], reason=reason, earlier=handover.queue)


def hand_back(release: Release, customer: Customer, command: HandBack, moment: Moment) -> Step:
    """End an accepted handover: its outcome and what was learned become true, and whoever is named goes on, once."""
    draft = Draft(customer, moment)
    handover = draft.part.handovers.get(command.handover)
    refusal = (
        _not_for(release, handover, command.actor) or _unfit(release, handover, command) or _slip(release, command)
    )
    if handover is None or refusal is not None:
        return Step(refusal=refusal)
    held_by = _holder(handover, command)
    draft.add(
        HandoverReturned(
            handover.id,
            handover.conversation,
            command.outcome,
            str(command.actor),
            command.continues,
            held_by,
            command.notes,
            command.facts,
        )
    )
    source = f"handover by {command.actor}"
    draft.add(*(ProfileChanged(name, value, source, moment.at) for name, value in command.facts.items()))
    if command.outcome == RESOLVED and handover.intent:
        draft.add(*change_intent(draft.part.intents, handover.intent, "resolve", handover.conversation))
    watch(draft, handover.id, 0)
    done = replace(handover, outcome=command.outcome)
    told = {"outcome": command.outcome, "continues": command.continues, "by": str(command.actor)}
    tell(release, draft, "returned", done, **told)
    return draft.step()


def take_and_hand_back(release: Release, customer: Customer, command: Reply, handover: str, moment: Moment) -> Step:
    """Accept and hand back in one, as whoever answers a run does that waits for a handover."""
    taken = accept(release, customer, Accept(command.id, command.actor, handover), moment)
    if taken.refusal is not None:
        return taken
    back = HandBack(command.id, command.actor, handover, command.choice, "journey", command.note)
    done = hand_back(release, taken.after or customer, back, moment)
    if done.refusal is not None:
        return done
    return Step((*taken.facts, *done.facts), (*taken.effects, *done.effects), after=done.after)


def _holder(handover: Handover, command: HandBack) -> str:
    if command.continues == "person":
        return handover.accepted_by
    if command.continues == "agent" and handover.back is not None:
        return str(handover.back)
    return handover.before


def _unfit(release: Release, handover: Handover | None, command: HandBack) -> Refusal | None:
    """Return why a handover cannot be handed back by this person, or not as they say."""
    if handover is None:
        return None
    supervises = _supervises(release, command.actor)
    if handover.status != "accepted":
        return Refusal("handover-not-accepted", f"nobody has accepted {handover.id}", "accept it first")
    if handover.accepted_by != str(command.actor) and not supervises:
        return _taken(handover)
    if len(canonical([command.outcome, command.notes, command.facts])) > LARGEST:
        return Refusal("handover-too-large", f"more than {LARGEST} bytes were written", "write less")
    if command.continues == "agent" and handover.back is None:
        return Refusal("continues-unfit", "no agent handed over", "name `journey` or `person` in `continues`")
    if command.continues == "journey" and not handover.run:
        return Refusal("continues-unfit", "no journey handed over", "name `agent` or `person` in `continues`")
    if command.continues == "agent" and handover.number >= release.most_handovers and not supervises:
        cause = f"the conversation was handed over {handover.number} times"
        return Refusal("handover-bounded", cause, "keep it with a person, or have a supervisor hand it back")
    return None


def _slip(release: Release, command: HandBack) -> Refusal | None:
    """Return the refusal of an outcome that looks like a misspelt word with a meaning."""
    word = meant(command.outcome, _outcomes(release))
    if not word:
        return None
    cause = f"the outcome {command.outcome[:80]!r} means nothing; did you mean {word!r}?"
    return Refusal("outcome-unfit", cause, f"send {word!r}, or another word")


def _outcomes(release: Release) -> frozenset[str]:
    """Return the outcomes by which journeys go on."""
    steps = (step.step.handover for journey in release.routes.journeys.values() for step in journey.steps.values())
    return frozenset(name for handing in steps if handing is not None for name in handing.outcomes)


def _not_for(release: Release, handover: Handover | None, actor: Actor) -> Refusal | None:
    """Return why a handover is nothing that somebody can do anything with: unknown, over, no agent's, or another role's."""
    if handover is None:
        return Refusal("handover-unknown", "there is no such handover", "list /v1/handovers")
    if not is_open(handover):
        cause = f"the handover is over: {handover.status} with the outcome {handover.outcome!r}"
        return Refusal("handover-over", cause, "nothing need be done")
    if actor.kind not in PEOPLE:
        cause = f"{actor} is nobody who takes handovers"
        return Refusal("handover-role", cause, "wait until a person hands the conversation back")
    queue, principal = release.queues.get(handover.queue), release.principals.get(actor)
    roles = queue.roles if queue is not None else (SUPERVISOR,)
    if principal is None or not {SUPERVISOR, *roles} & {*principal.roles}:
        needed = " or ".join(roles)
        return Refusal("handover-role", f"{actor} is not {needed}", f"ask somebody with the role {needed}")
    return None


def _supervises(release: Release, actor: Actor) -> bool:
    principal = release.principals.get(actor)
    return principal is not None and SUPERVISOR in principal.roles


def _taken(handover: Handover) -> Refusal:
    cause = f"{handover.accepted_by} has accepted it"
    return Refusal("handover-taken", cause, "look for another one: list /v1/handovers")
