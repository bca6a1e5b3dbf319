"""Goals and exits: what ends a run before its last step."""

from collections.abc import Sequence

from xop.kernel.compiled.journeys import CompiledEnding
from xop.kernel.conditions import Fault
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
        _end(course, run, [each for each in compiled.endings if each.ending.signal == signal.type])


def end_by_context(course: Course, touched: frozenset[Portion] | None) -> None:
    """End the part's runs whose goal or exit has come true; only what reads something touched is asked, None for all."""
    for run in list(course.draft.part.runs.values()):
        compiled = course.version(run)
        if compiled is None or not live(run) or not compiled.ending_paths:
            continue
        if touched is not None and not meets(touched, sections_read(compiled.ending_paths)):
            continue
        _end(course, run, [each for each in compiled.endings if each.ending.signal is None])


def _end(course: Course, run: Run, endings: Sequence[CompiledEnding]) -> None:
    """End a run by the first of some endings that holds; an ending without an answer does not, and is noted."""
    for ending in endings:
        holds = course.holds(ending.condition, run)
        if isinstance(holds, Fault):
            course.skip(f"{run.journey}/{ending.name}", holds)
        elif holds and course.run(run.id) is not None:
            end_run(course, run, ending.name, "goal" if ending.name == "goal" else "exit", cause=course.cause)
            return


def meets(touched: frozenset[Portion], read: tuple[Portion, ...]) -> bool:
    """Say whether something touched is among what is read; an unnamed portion is all of its section."""
    for section, name in touched:
        for other, which in read:
            if section == other and (not name or not which or name == which):
                return True
    return False
