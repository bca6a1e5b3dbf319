"""Retention: when what is past its time begins to go, how much has gone, and when that is over."""

from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.days import DAY
from xop.kernel.base.ids import derive
from xop.kernel.base.values import Refusal
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Schedule
from xop.kernel.facts import RetentionAdvanced, RetentionBegun, RetentionRun
from xop.kernel.halts.model import PLATFORM
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.retention.commands import Retain, Retained
from xop.kernel.retention.model import TIMER, RetentionStanding, added
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft


def retain(release: Release, platform: Customer, command: Retain, moment: Moment) -> Step:
    """Begin to let go of what is past its time, or have that begin at a moment; it begins anew a day later."""
    if command.actor.kind not in {"operator", "system"}:
        return Step(refusal=Refusal("erasure-person", "only a person decides what is kept", "ask an operator"))
    draft, own = Draft(platform, moment), command.actor == SYSTEM
    if release.retention is None:
        cause = "nothing says how long data is kept"
        return Step() if own else Step(refusal=Refusal("retention-none", cause, "add retention.yaml and publish it"))
    if command.due > moment.at:
        draft.ask(_timer(command.due))
        return draft.step()
    if own:
        draft.ask(_timer(moment.at + DAY))
    known = draft.part.retention
    if known is not None and not known.over_at:
        cause = "what is past its time is going already"
        return draft.step() if own else Step(refusal=Refusal("retention-under-way", cause, "wait until it has gone"))
    draft.add(RetentionBegun(derive("ret", command.id), str(command.actor)))
    return draft.step()


def note(_release: Release, platform: Customer, command: Retained, moment: Moment) -> Step:
    """Note how much has gone, as whoever lets it go says."""
    draft = Draft(platform, moment)
    known = draft.part.retention
    if known is None or known.run != command.run or known.over_at:
        return Step()
    draft.add(_fact(command, known))
    return draft.step()


def _fact(command: Retained, known: RetentionStanding) -> RetentionAdvanced | RetentionRun:
    if not command.over:
        return RetentionAdvanced(command.run, command.counts)
    return RetentionRun(command.run, added(known.counts, command.counts), command.held, command.required)


def _timer(due: int) -> Schedule:
    return Schedule(TIMER, due, Retain(f"retain:{due}", SYSTEM), PLATFORM)
