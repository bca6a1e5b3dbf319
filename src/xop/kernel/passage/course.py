"""One step seen from the runs it moves: its draft, what led to it and what conditions see."""

from typing import Any

from xop.kernel.base.actor import Actor
from xop.kernel.base.ids import derive
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Advance, Review, Signal
from xop.kernel.compiled.journeys import CompiledJourney, CompiledStep
from xop.kernel.conditions import Condition, Fault
from xop.kernel.context.facts import ChangeSkipped
from xop.kernel.effects import Schedule, Unschedule
from xop.kernel.journeys.model import Journey
from xop.kernel.journeys.run import Run, Token, token_of
from xop.kernel.release import Release
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.sight import Sight
from xop.kernel.templates import Template

MOST_MOVES = 200
"""Steps that a run may come to within one kernel step; a journey that needs more goes round in circles."""


class Course:
    """What the modules of this package share while runs move."""

    __slots__ = ("_moves", "_sights", "asked_by", "cause", "conversation", "draft", "release", "signal")

    def __init__(self, release: Release, draft: Draft, cause: str, signal: Signal | None = None) -> None:
        self.release = release
        self.draft = draft
        self.cause = cause
        """The id of the command that led here."""
        self.signal = signal
        """The signal that runs may hear now."""
        self._moves: dict[str, int] = {}
        self.asked_by: Actor | None = None
        """Whoever asks for an entry, when somebody does."""
        self.conversation: str | None = None
        """The interaction in which they ask."""
        self._sights: dict[str, Sight] = {}

    @property
    def at(self) -> int:
        """The moment, in milliseconds since the epoch."""
        return self.draft.moment.at

    def run(self, name: str) -> Run | None:
        """Return a run as it now stands; None when it is over."""
        return self.draft.part.runs.get(name)

    def version(self, run: Run) -> CompiledJourney | None:
        """Return the version a run is pinned to; None when it is not at hand."""
        return self.release.routes.versions.get(run.version)

    def step(self, run: Run, token: Token) -> CompiledStep | None:
        """Return the step at which a token stands; None when its version is not at hand."""
        compiled = self.version(run)
        return compiled.steps.get(token.step) if compiled is not None else None

    def exhausted(self, run: str) -> bool:
        """Count one more move of a run; say whether it has made too many within this step."""
        self._moves[run] = self._moves.get(run, 0) + 1
        return self._moves[run] > MOST_MOVES

    def holds(self, condition: Condition | None, run: Run | None = None) -> bool | Fault:
        """Return whether a condition holds for a run now; one that is not written does."""
        if condition is None:
            return True
        return condition.holds(self._see(condition.paths, run))

    def fill(self, template: Template, run: Run | None = None) -> Any:
        """Return a template's value for a run now, or a `Fault`."""
        return template.render(self._see(template.paths, run))

    def skip(self, change: str, fault: Fault) -> None:
        """Note that a condition or template had no answer, so that what depends on it was not done."""
        self.draft.add(ChangeSkipped(change, fault.cause))

    def _see(self, paths: tuple[str, ...], run: Run | None) -> Any:
        name = run.id if run is not None else ""
        sight = self._sights.get(name)
        if sight is None:
            sight = self._sights[name] = Sight(self.release, self.draft)
            if self.signal is not None:
                signal = self.signal
                told = {"type": signal.type, "source": signal.source, "time": signal.time, "data": signal.data}
                sight.data["signal"] = told
        if run is not None:
            sight.data["run"] = {"id": run.id, "key": run.key, "vars": run.vars}
        return sight.look(paths)

    def wake(self, run: Run, token: int, due: int) -> None:
        """Have a token woken when its wait is over."""
        token_at = token_of(run, token)
        step = token_at.step if token_at is not None else ""
        command = Advance(f"advance:{run.id}:{token}:{run.moves}:{due}", run.id, token, step, due)
        self.draft.ask(Schedule(timer_key(run.id, token), max(due, self.at), command))

    def expire(self, run: Run, journey: Journey) -> None:
        """Have a run end when it has taken as long as its journey may."""
        if journey.longest is None:
            self.draft.ask(Unschedule(timer_key(run.id, EXPIRY)))
            return
        due = max(self.at, run.at + milliseconds(journey.longest))
        command = Advance(f"advance:{run.id}:expiry:{due}", run.id, EXPIRY, due=due)
        self.draft.ask(Schedule(timer_key(run.id, EXPIRY), due, command))

    def forget_expiry(self, run: Run) -> None:
        """Have the end of a run forgotten that is over."""
        compiled = self.version(run)
        if compiled is None or compiled.journey.longest is not None:
            self.draft.ask(Unschedule(timer_key(run.id, EXPIRY)))

    def forget(self, run: Run, token: Token) -> None:
        """Have a token's wait forgotten."""
        if token.due:
            self.draft.ask(Unschedule(timer_key(run.id, token.id)))

    def review(self, part: str, due: int | None = None) -> None:
        """Have a part reviewed, at once unless `due` says when."""
        moment = self.at if due is None else due
        name = derive("review", part, self.cause, str(moment))
        key = f"{REVIEW}:now" if due is None else REVIEW
        self.draft.ask(Schedule(key, moment, Review(name), part=part))


EXPIRY = -1
"""The number that stands for a run as a whole in place of one of its tokens."""

REVIEW = "review"
"""The key of the timer of a part's next review."""


def timer_key(run: str, token: int) -> str:
    """Return the key of the timer that ends a token's wait."""
    return f"run:{run}:{token}"


def journey_actor(journey: str) -> Actor:
    """Return a journey as the actor that proposes."""
    return Actor("journey", journey)
