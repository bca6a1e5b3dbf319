"""Checks queues: who works in them, where they lead to, and whether every handover comes to an end."""

from collections.abc import Iterator

from xop.kernel.base.spans import milliseconds
from xop.kernel.handovers.queue import Queue
from xop.kernel.pressure.measure import known_zone
from xop.workspace.principals import people_known, roles_of
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Sources

_SPANS = ("deadline", "urgent_deadline", "handling")


def check_queues(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with queues and with what they name."""
    roles = roles_of(sources)
    for name, item in sources.queues.items():
        queue, place = item.value, item.place
        if people_known(sources) and not {*queue.roles} & roles:
            cause = f"nobody works in the queue {quote(name)}: no one has {' or '.join(map(quote, queue.roles))}"
            remedy = nearest(queue.roles[0], roles) if roles else f"give an operator `roles: [{queue.roles[0]}]`"
            yield place.at("roles").problem(cause, remedy)
        if queue.time_zone is not None and not known_zone(queue.time_zone):
            cause = f"there is no time zone {quote(queue.time_zone)}"
            yield place.at("time_zone").problem(cause, "name one such as UTC or Europe/Amsterdam")
        yield from _leads(sources, name, queue, place)
        yield from _times(queue, place)


def _leads(sources: Sources, name: str, queue: Queue, place: Place) -> Iterator[Problem]:
    for path, target in ((("escalation",), queue.escalation), (("fallback", "queue"), queue.fallback.queue)):
        if target == name:
            yield place.at(*path).problem("the queue leads to itself", "name another queue, or leave it out")
        elif target is not None:
            yield from sources.missing("queues", target, place.at(*path), "queue")
    if queue.suggests is not None:
        yield from sources.missing("decisions", queue.suggests, place.at("suggests"), "decision set")


def _times(queue: Queue, place: Place) -> Iterator[Problem]:
    for field in _SPANS:
        span = getattr(queue, field)
        if span is not None and milliseconds(span) == 0:
            yield place.at(field).problem("the span is no time at all", "write how long, such as `15m`")
    for number, hours in enumerate(queue.hours):
        if hours.begin == hours.end:
            cause = "the hours begin and end at the same time"
            yield place.at("hours", number).problem(cause, "leave `hours` out for a queue that is always attended")
