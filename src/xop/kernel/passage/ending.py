"""Goals and exits: what ends a run before its last step."""

from xop.kernel.compiled.journeys import CompiledEnding
from xop.kernel.journeys.run import Run, live
from xop.kernel.passage.course import Course
from xop.kernel.passage.walk import end_run
from xop.kernel.picture import Portion, sections_read


def end_by_signal(course: Course) -> None:
    """End the part's runs whose goal or exit the signal at hand is."""
    signal = course.signal
    for run in list(course.draft.part.runs.values()) if signal is not None else ():
        compiled = course.version(run)
        if signal is None or compiled is None or not live(run) or signal.type not in compiled.ending_signals:
            continue
        ending = next(
            (
                each
                for each in compiled.endings
                if each.ending.signal == signal.type and course.holds(each.condition, run)
            ),
            None,
        )
        _end(course, run, ending)


def end_by_context(course: Course, touched: frozenset[Portion] | None) -> None:
    """End the part's runs whose goal or exit has come true; only what reads something touched is asked, None for all."""
    for run in list(course.draft.part.runs.values()):
        compiled = course.version(run)
        if compiled is None or not live(run) or not compiled.ending_paths:
            continue
        if touched is not None and not meets(touched, sections_read(compiled.ending_paths)):
            continue
        ending = next(
            (each for each in compiled.endings if each.ending.signal is None and course.holds(each.condition, run)),
            None,
        )
        _end(course, run, ending)


def _end(course: Course, run: Run, ending: CompiledEnding | None) -> None:
    if ending is not None and course.run(run.id) is not None:
        end_run(course, run, ending.name, "goal" if ending.name == "goal" else "exit", cause=course.cause)


def meets(touched: frozenset[Portion], read: tuple[Portion, ...]) -> bool:
    """Say whether something touched is among what is read; an unnamed portion is all of its section."""
    return any(
        section == other and (not name or not which or name == which)
        for section, name in touched
        for other, which in read
    )
