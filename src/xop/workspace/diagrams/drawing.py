"""Draws a journey as a graph, step by step."""

from collections.abc import Callable

from xop.kernel.base.json import canonical
from xop.kernel.journeys.model import (
    JOIN,
    AskStep,
    ChooseStep,
    Ending,
    EntryRule,
    HandoverStep,
    Journey,
    JourneyStep,
    ProposeStep,
    Schedule,
    WaitStep,
)
from xop.kernel.passage.membership import ENTERED
from xop.workspace.diagrams.graph import EventKind, Graph, Node, NodeKind
from xop.workspace.journeys.flow import Flow
from xop.workspace.journeys.kinds import goes_on, kinds_of
from xop.workspace.journeys.texts import following

_RUN_END = "end_of_run"


def draw_journey(journey: Journey, contacts: frozenset[str] = frozenset()) -> Graph:
    """Return a journey as nodes and edges; `contacts` are the actions that send something to the customer."""
    return _Drawing(journey, contacts).graph


class _Drawing:
    """A journey being drawn."""

    def __init__(self, journey: Journey, contacts: frozenset[str]) -> None:
        self.graph = Graph(journey.name, journey.description)
        self._contacts = contacts
        self._steps = journey.steps
        flow = Flow(journey)
        self._below = flow.below
        self._owner = {step: parallel for parallel, region in flow.regions.items() if parallel for step in region}
        """The parallel step on whose path each step stands."""
        self._ends: EventKind = "terminate" if any(step.parallel for step in journey.steps.values()) else ""
        self._entries(journey)
        for name, step in journey.steps.items():
            kinds = kinds_of(step)
            if kinds:
                _DRAWINGS[kinds[0]](self, name, step)
        if journey.goal is not None:
            self._ending("goal", journey.goal)
        for name, ending in journey.exits.items():
            self._ending(name, ending)

    def _entries(self, journey: Journey) -> None:
        first = f"step_{next(iter(journey.steps))}"
        for number, rule in enumerate(journey.entries):
            event, value, label = _entered_by(rule)
            note = "\n".join(f"{word}: {text}" for word, text in (("when", rule.when), ("key", rule.key)) if text)
            self.graph.link(self.graph.add(Node(f"entry_{number}", "start", label, event, value, note=note)), first)
        if not journey.entries:
            self.graph.link(self.graph.add(Node("entry", "start", "called")), first)

    def _ending(self, name: str, ending: Ending) -> None:
        event: EventKind = "signal" if ending.signal is not None else "condition"
        note = f"when: {ending.when}" if ending.signal is not None and ending.when else ending.description
        start = Node(f"ending_{name}", "start", name, event, ending.signal or ending.when or "", note=note)
        self.graph.endings.append((start, Node(f"ended_{name}", "end", name, "terminate")))

    def target(self, name: str, target: str) -> str:
        """Return the node that stands for a step's target."""
        if target == JOIN and name in self._owner:
            return f"join_{self._owner[name]}"
        if target in self._steps:
            return f"step_{target}"
        if _RUN_END not in self.graph.nodes:
            self.graph.add(Node(_RUN_END, "end", "done", self._ends))
        return _RUN_END

    def next(self, name: str, step: JourneyStep) -> str:
        """Return the node that a step goes on to when nothing else is said."""
        return self.target(name, following(step, self._below[name]))

    def propose(self, name: str, step: JourneyStep) -> None:
        """Draw a task, with a boundary event for each way in which nothing comes of it."""
        propose = step.propose
        if propose is not None:
            kind: NodeKind = "send" if propose.action in self._contacts else "service"
            note = "\n".join((step.description, f"arguments: {_told(propose.arguments)}"))
            self.graph.add(Node(f"step_{name}", kind, f"{name}: {propose.action}", note=note.strip()))
            self.graph.link(f"step_{name}", self.next(name, step))
            self._reactions(name, step, propose, ("denied", "held", "failed"))

    def choose(self, name: str, step: JourneyStep) -> None:
        """Draw a task that follows rules, and where the winner leads."""
        choose = step.choose
        if choose is not None:
            label = f"{name}: best of {choose.decision_set}"
            self.graph.add(Node(f"step_{name}", "rule", label, note=step.description))
            self._outcomes(name, step, choose.chosen)
            self._reactions(name, step, choose, ("nothing", "denied", "held", "failed"))

    def _outcomes(self, name: str, step: JourneyStep, ways: dict[str, str]) -> None:
        """Lead on by what came of a step; to the next step where nothing is said."""
        if not ways:
            self.graph.link(f"step_{name}", self.next(name, step))
            return
        self.graph.link(f"step_{name}", self.graph.add(Node(f"outcome_{name}", "choice", "")))
        for way, target in ways.items():
            self.graph.link(f"outcome_{name}", self.target(name, target), way, condition=f"outcome == '{way}'")
        if goes_on(step):
            self.graph.link(f"outcome_{name}", self.next(name, step), "else", default=True)

    def _reactions(self, name: str, step: JourneyStep, doing: ProposeStep | ChooseStep, words: tuple[str, ...]) -> None:
        for word in words:
            reaction = getattr(doing, word) or doing.denied
            if word == "held" and reaction == "wait":
                continue
            event: EventKind = "escalation" if word == "held" else "error"
            self.graph.add(Node(f"{word}_{name}", "boundary", word, event, word, host=f"step_{name}"))
            if reaction == "wait":
                note = f"at most {doing.most} times, then on as if `skip`"
                again = Node(
                    f"again_{word}_{name}", "catch", f"again after {doing.again}", "duration", doing.again, "", note
                )
                self.graph.link(f"{word}_{name}", self.graph.add(again))
                self.graph.link(again.id, f"step_{name}")
            else:
                target = self.next(name, step) if reaction == "skip" else self.target(name, reaction)
                self.graph.link(f"{word}_{name}", target)

    def wait(self, name: str, step: JourneyStep) -> None:
        """Draw one timer for a span, and one for the clock time after it."""
        wait = step.wait
        if wait is None:
            return
        events = _timers(wait)
        for number, (event, value, label) in enumerate(events):
            node = f"step_{name}" if number == 0 else f"until_{name}"
            self.graph.add(Node(node, "catch", f"{name}: {label}", event, value, note=step.description))
        if len(events) > 1:
            self.graph.link(f"step_{name}", f"until_{name}")
        self.graph.link(f"until_{name}" if len(events) > 1 else f"step_{name}", self.next(name, step))

    def wait_for(self, name: str, step: JourneyStep) -> None:
        """Draw a gateway at which the first event decides."""
        if step.wait_for is None:
            return
        self.graph.add(Node(f"step_{name}", "race", name, note=step.description))
        for number, awaited in enumerate(step.wait_for.signals):
            note = f"when: {awaited.when}" if awaited.when else ""
            node = Node(f"heard_{number}_{name}", "catch", awaited.signal, "signal", awaited.signal, note=note)
            self.graph.link(f"step_{name}", self.graph.add(node))
            go = self.target(name, awaited.go) if awaited.go is not None else self.next(name, step)
            self.graph.link(node.id, go)
        within = step.wait_for.within
        late = Node(f"late_{name}", "catch", f"after {within}", "duration", within)
        self.graph.link(f"step_{name}", self.graph.add(late))
        self.graph.link(late.id, self.target(name, step.wait_for.late))

    def branch(self, name: str, step: JourneyStep) -> None:
        """Draw a gateway with a condition on each way out."""
        if step.branch is not None:
            self.graph.add(Node(f"step_{name}", "choice", name, note=step.description))
            for case in step.branch.cases:
                self.graph.link(f"step_{name}", self.target(name, case.go), case.when, condition=case.when)
            self.graph.link(f"step_{name}", self.target(name, step.branch.otherwise), "otherwise", default=True)

    def split(self, name: str, step: JourneyStep) -> None:
        """Draw a gateway whose ways out are shares."""
        if step.split is not None:
            whole = sum(share.weight for share in step.split.shares)
            self.graph.add(Node(f"step_{name}", "choice", name, note=step.description))
            for share in step.split.shares:
                label = f"{share.name} {share.weight / whole:.1%}{' (control)' if share.control else ''}"
                condition = f"share == '{share.name}'"
                self.graph.link(f"step_{name}", self.target(name, share.go), label, condition=condition)

    def parallel(self, name: str, step: JourneyStep) -> None:
        """Draw a gateway that opens the paths and one that closes them."""
        if step.parallel is not None:
            self.graph.add(Node(f"step_{name}", "fork", name, note=step.description))
            closing = Node(f"join_{name}", "join_all" if step.parallel.join == "all" else "join_any", "")
            for path in step.parallel.paths:
                self.graph.link(f"step_{name}", self.target(name, path))
            self.graph.link(self.graph.add(closing), self.next(name, step))

    def call(self, name: str, step: JourneyStep) -> None:
        """Draw a call, and where its outcomes lead."""
        if step.call is not None:
            journey = step.call.journey
            label = f"{name}: {journey}"
            self.graph.add(Node(f"step_{name}", "call", label, value=journey, note=step.description))
            self._outcomes(name, step, step.call.ended)

    def person(self, name: str, step: JourneyStep) -> None:
        """Draw a task for a person, with a timer on its edge."""
        asked: AskStep | HandoverStep | None = step.ask or step.handover
        if asked is None:
            return
        words = (
            step.ask.question if step.ask is not None else f"hand over: {step.handover.reason}" if step.handover else ""
        )
        queue = step.handover.queue if step.handover is not None else ""
        note = f"queue: {queue}" if queue else f"role: {asked.role}"
        self.graph.add(Node(f"step_{name}", "user", f"{name}: {words}", value=queue or asked.role, note=note))
        outcomes = step.handover.outcomes if step.handover is not None else {}
        self._outcomes(name, step, step.ask.options if step.ask is not None else outcomes)
        late = Node(f"late_{name}", "boundary", f"after {asked.within}", "duration", asked.within, f"step_{name}")
        self.graph.link(self.graph.add(late), self.target(name, asked.late))

    def assign(self, name: str, step: JourneyStep) -> None:
        """Draw a task that sets variables."""
        note = "\n".join((step.description, _told(step.sets or {}))).strip()
        self.graph.add(Node(f"step_{name}", "script", f"{name}: set {', '.join(step.sets or {})}", note=note))
        self.graph.link(f"step_{name}", self.next(name, step))

    def end(self, name: str, step: JourneyStep) -> None:
        """Draw an end with its outcome."""
        outcome = step.end.outcome if step.end is not None else ""
        self.graph.add(Node(f"step_{name}", "end", outcome, self._ends, note=step.description))


def _entered_by(rule: EntryRule) -> tuple[EventKind, str, str]:
    if rule.signal is not None:
        return "signal", rule.signal, rule.signal
    if rule.segment is not None:
        return "signal", f"{ENTERED}: {rule.segment}", f"in segment {rule.segment}"
    if rule.schedule is not None:
        told = _clock(rule.schedule)
        return "moment", told, f"{told} in segment {rule.schedule.segment}"
    return "", "", "entered by request"


def _clock(clock: Schedule | WaitStep) -> str:
    at = clock.at if isinstance(clock, Schedule) else clock.until
    return " ".join((f"next {at}", *clock.days))


def _timers(wait: WaitStep) -> list[tuple[EventKind, str, str]]:
    if wait.moment:
        return [("moment", wait.moment, wait.moment)]
    timers: list[tuple[EventKind, str, str]] = []
    if wait.span is not None:
        timers.append(("duration", wait.span, wait.span))
    if wait.until is not None:
        timers.append(("moment", _clock(wait), f"until {_clock(wait).removeprefix('next ')}"))
    return timers


def _told(values: object) -> str:
    return canonical(values).decode()


_DRAWINGS: dict[str, Callable[[_Drawing, str, JourneyStep], None]] = {
    "propose": _Drawing.propose,
    "choose": _Drawing.choose,
    "wait": _Drawing.wait,
    "wait_for": _Drawing.wait_for,
    "branch": _Drawing.branch,
    "split": _Drawing.split,
    "parallel": _Drawing.parallel,
    "call": _Drawing.call,
    "ask": _Drawing.person,
    "handover": _Drawing.person,
    "sets": _Drawing.assign,
    "end": _Drawing.end,
}
"""By kind of step."""
