"""Queueing: where a handover waits, for how long, and what follows when nobody takes it."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Escalate
from xop.kernel.effects import Schedule, Unschedule
from xop.kernel.handovers.facts import HandoverExpired
from xop.kernel.handovers.hours import is_open
from xop.kernel.handovers.model import NOBODY, PROMISED, Handover
from xop.kernel.handovers.queue import Queue
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.steps.announcement import announce
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.promise import make_promise

DESK = "queues:waiting"
"""The name among a moment's reads of how many handovers wait in each queue; nothing that is read can have it."""

MOST_MOVES = 8
"""How often one handover may go on to another wait; then nobody takes it."""

GIVEN_UP = "given_up"
"""Why a handover is over whose run has gone on."""

_CALL_BACK = "a call back"
"""What a customer is promised where the queue says nothing and nobody is left to tell them otherwise."""


class Place(Struct, frozen=True):
    """The queue to wait in, if anybody is there, and the last one that was asked."""

    queue: Queue | None
    last: Queue | None


def find_place(release: Release, moment: Moment, start: str, been: tuple[str, ...] = ()) -> Place:
    """Return the first queue where people are, from one on through the queues that stand in for it."""
    name, last, asked = start, None, set(been)
    while name and name not in asked:
        asked.add(name)
        queue = release.queues.get(name)
        if queue is None:
            break
        last = queue
        if attended(release, queue, moment):
            return Place(queue, queue)
        name = queue.fallback.queue or ""
    return Place(None, last)


def attended(release: Release, queue: Queue, moment: Moment) -> bool:
    """Say whether people are there now, and have room for one more."""
    if not is_open(queue.hours, queue.time_zone or release.zone, moment.at):
        return False
    return queue.capacity is None or waiting_in(moment).get(queue.name, 0) < queue.capacity


def waiting_in(moment: Moment) -> Mapping[str, int]:
    """Return how many handovers wait in each queue, as far as it was told."""
    known = moment.reads.get(DESK)
    return known.value if known is not None and isinstance(known.value, dict) else {}


def patience(queue: Queue, at: int, *, urgent: bool) -> int:
    """Return until when a handover waits that comes to a queue at a moment, in milliseconds since the epoch."""
    span = queue.urgent_deadline if urgent and queue.urgent_deadline is not None else queue.deadline
    return at + milliseconds(span)


def watch(draft: Draft, handover: str, due: int) -> None:
    """Have a handover escalated at a moment; 0 for never."""
    if due:
        draft.ask(Schedule(timer_key(handover), due, Escalate(f"escalate:{handover}:{due}", handover, due)))
    else:
        draft.ask(Unschedule(timer_key(handover)))


def timer_key(handover: str) -> str:
    """Return the key of the timer that ends a handover's present wait."""
    return f"handover:{handover}"


def expire(release: Release, draft: Draft, handover: Handover, reason: str) -> None:
    """End a handover that nobody takes: by the promise its queue makes, or by going back to whoever asked."""
    queue = release.queues.get(handover.queue)
    promised = queue.fallback.promise if queue is not None else None
    if promised is None and not _goes_back(release, handover):
        promised = _CALL_BACK
    name = ""
    if promised is not None:
        within = milliseconds(queue.fallback.within if queue is not None else "1d")
        name = f"callback:{handover.conversation or handover.id}"
        make_promise(draft, handover.id, name, promised, draft.moment.at + within)
    outcome = PROMISED if name else NOBODY
    draft.add(HandoverExpired(handover.id, handover.conversation, outcome, reason, handover.before, name))
    watch(draft, handover.id, 0)
    told = {"outcome": outcome, "reason": reason, "promise": name}
    tell(release, draft, "expired", replace(handover, outcome=outcome), **told)


def withdraw(release: Release, draft: Draft, name: str) -> None:
    """End a handover that still waits although its run has gone on; what a person has accepted stays with them."""
    handover = draft.part.handovers.get(name)
    if handover is None or handover.status != "waiting":
        return
    draft.add(HandoverExpired(name, handover.conversation, NOBODY, GIVEN_UP, handover.before))
    watch(draft, name, 0)
    tell(release, draft, "expired", handover, outcome=NOBODY, reason=GIVEN_UP, promise="")


def _goes_back(release: Release, handover: Handover) -> bool:
    """Say whether somebody is left to tell the customer, and has not come to nobody too often."""
    return bool(handover.run or handover.back) and handover.number <= release.most_handovers


def tell(release: Release, draft: Draft, what: str, handover: Handover, **more: str) -> None:
    """Announce what became of a handover, for triggers and journeys to hear."""
    data = {
        "handover": handover.id,
        "queue": handover.queue,
        "conversation": handover.conversation,
        "intent": handover.intent,
        "urgent": handover.urgent,
        **more,
    }
    cause = f"{handover.id}:{draft.moment.at}:{handover.moves}:{more.get('by', '')}"
    announce(release, draft, f"xop.handover.{what}", data, cause)
