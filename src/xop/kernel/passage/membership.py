"""Segments: which of them the customer has come to be in, or is in no longer."""

from collections.abc import Iterable

from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.ids import derive
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Signal
from xop.kernel.compiled.journeys import CompiledSegment
from xop.kernel.effects import Schedule, Unschedule
from xop.kernel.passage.course import REVIEW, Course
from xop.kernel.passage.ending import meets
from xop.kernel.passage.entering import keep_schedules
from xop.kernel.picture import Portion, sections_read
from xop.kernel.segments.facts import SegmentEntered, SegmentLeft

ENTERED, LEFT = "xop.segment.entered", "xop.segment.left"
"""The signals by which journeys hear of it."""


def update_segments(course: Course, touched: frozenset[Portion] | None) -> None:
    """Ask segments that read something touched again, None for all; a condition without an answer does not hold."""
    segments = course.release.routes.segments
    asked = [
        each for each in segments.values() if touched is None or meets(touched, sections_read(each.condition.paths))
    ]
    timed = any(each.counters or each.segment.review for each in asked)
    if timed:
        # The timer of the next review is set anew below: whoever waits for it must be asked now too.
        names = {each.segment.name for each in asked}
        asked = [each for name, each in segments.items() if name in names or each.counters or each.segment.review]
    for each in asked:
        _update(course, each.segment.name, inside=course.holds(each.condition) is True)
    if touched is None:
        for gone in [name for name in course.draft.part.segments if name not in segments]:
            _leave(course, gone)
    if touched is None or timed:
        _review_in_time(course, segments.values())


def _update(course: Course, name: str, *, inside: bool) -> None:
    known = name in course.draft.customer.view.segments
    if inside and not known:
        course.draft.add(SegmentEntered(name))
        keep_schedules(course, name, inside=True)
        _tell(course, ENTERED, name)
    elif known and not inside:
        if name in course.draft.part.segments:
            _leave(course, name)
        for part in course.draft.customer.parts:
            if part.id != course.draft.part.id and name in part.segments:
                course.review(part.id)


def _leave(course: Course, name: str) -> None:
    course.draft.add(SegmentLeft(name))
    keep_schedules(course, name, inside=False)
    _tell(course, LEFT, name)


def _tell(course: Course, kind: str, segment: str) -> None:
    """Journeys hear of it as of any signal; where none listens there is nothing to tell but the fact."""
    if kind in course.release.routes.heard:
        name = derive("segment", kind, segment, course.cause, course.draft.part.id)
        signal = Signal(name, kind, "xop", course.at, SYSTEM, data={"segment": segment})
        course.draft.ask(Schedule(name, course.at, signal))


def _review_in_time(course: Course, segments: Iterable[CompiledSegment]) -> None:
    """Ask again when something counted leaves its window, or when a segment wants to be asked anyway."""
    view, windows = course.draft.customer.view, course.release.counters
    counters = {counter for each in segments for counter in each.counters}
    leaving = (
        next((time + windows[name] for time in view.counters.get(name, ()) if time + windows[name] > course.at), None)
        for name in counters
    )
    moments = [moment for moment in leaving if moment is not None]
    moments += [course.at + milliseconds(each.segment.review) for each in segments if each.segment.review]
    if moments:
        course.review(course.draft.part.id, min(moments))
    else:
        course.draft.ask(Unschedule(REVIEW))
