"""Walks through a journey's steps: what is never reached, where paths end, what goes round without waiting."""

from collections import Counter
from collections.abc import Iterable, Iterator

from xop.kernel.base.spans import milliseconds
from xop.kernel.journeys.model import END, JOIN, Journey, JourneyStep
from xop.workspace.journeys.kinds import REACTIONS, goes_on, reactions, targets
from xop.workspace.journeys.texts import following
from xop.workspace.problem import Place, Problem, quote

DEEPEST = 20
"""Parallel steps on paths of one another."""

_MAIN = ""
"""The name of the way outside of all parallel steps; the others are named by their parallel step."""


def check_flow(journey: Journey, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with the ways through a journey whose targets all exist."""
    flow = Flow(journey)
    steps = place.at("steps")
    if flow.endless is not None:
        cause = f"the parallel step {quote(flow.endless)} stands on its own path, or below more than {DEEPEST} others"
        yield steps.at(flow.endless).problem(cause, "end its paths with `join` before the step comes again")
        return
    yield from _joins(flow, steps)
    yield from _paths(flow, steps)
    unreached = [name for name in journey.steps if name not in flow.reached]
    for name in unreached:
        remedy = "name it as a target, or drop it; a parallel step goes on once its paths end with `join`"
        yield steps.at(name).problem(f"nothing leads to the step {quote(name)}", remedy)
    circle = flow.circle()
    if circle:
        cause = f"the steps go round without waiting: {' → '.join((*circle, circle[0]))}"
        yield steps.at(circle[0]).problem(cause, "have one of them wait: `wait`, `wait_for`, `ask` or `handover`")


class Flow:
    """The ways through one journey: the main one, and for each parallel step those on its paths."""

    def __init__(self, journey: Journey) -> None:
        self.steps = journey.steps
        names = list(journey.steps)
        self.below = dict(zip(names, [*names[1:], END], strict=True))
        self.regions: dict[str, frozenset[str]] = {}
        """The steps on each way, without those on paths of parallel steps along it."""
        self._ends: dict[tuple[str, bool], frozenset[str]] = {}
        self._open: list[str] = []
        self.endless: str | None = None
        """A parallel step that stands on one of its own paths, or below too many others."""
        self._region(_MAIN, names[:1])

    @property
    def reached(self) -> frozenset[str]:
        """The steps that some way leads to."""
        return frozenset().union(*self.regions.values())

    def implicit(self, name: str) -> str | None:
        """Return the step below when a step goes on there because it says nothing else."""
        step = self.steps[name]
        return self.below[name] if step.next is None and step.end is None and goes_on(step) else None

    def ends_of(self, start: str, *, quick: bool = False) -> frozenset[str]:
        """Return which of `end` and `join` can be reached from a step; `quick` without waiting on the way."""
        key = (start, quick)
        if key not in self._ends:
            self._ends[key] = frozenset(self._walk([start], quick=quick) & {END, JOIN})
        return self._ends[key]

    def circle(self) -> tuple[str, ...]:
        """Return steps that lead round without waiting; none when there are none."""
        for region in self.regions.values():
            quick = [name for name in self.steps if name in region and self._is_quick(name)]
            found = _cycle({name: [each for each in self._out(name) if each in quick] for name in quick})
            if found:
                return found
        return ()

    def _region(self, name: str, starts: Iterable[str]) -> None:
        self._open.append(name)
        region = self._walk(starts) - {END, JOIN}
        self._open.pop()
        self.regions[name] = frozenset(region)

    def _walk(self, starts: Iterable[str], *, quick: bool = False) -> set[str]:
        waiting, seen = list(starts), set(starts)
        while waiting:
            name = waiting.pop()
            if name not in self.steps or (quick and not self._is_quick(name)):
                continue
            found = [each for each in self._out(name) if each not in seen]
            seen.update(found)
            waiting.extend(found)
        return seen

    def _out(self, name: str) -> list[str]:
        """Return where a token goes on to on the same way."""
        step = self.steps[name]
        out = [target for _, target in targets(step)]
        out += [reaction for _, reaction in reactions(step) if reaction not in REACTIONS]
        if step.parallel is not None:
            return [following(step, self.below[name])] if self._is_joined(name, step) else []
        return [*out, following(step, self.below[name])] if goes_on(step) or step.end is not None else out

    def _is_joined(self, name: str, step: JourneyStep) -> bool:
        """Say whether enough paths of a parallel step come to `join`; walk them when they were not yet."""
        if step.parallel is None or name in self._open or len(self._open) > DEEPEST:
            self.endless = name
            return False
        if name not in self.regions:
            self._region(name, step.parallel.paths)
        if self.endless is not None:
            return False
        enough = all if step.parallel.join == "all" else any
        return enough(JOIN in self.ends_of(path) for path in step.parallel.paths)

    def _is_quick(self, name: str) -> bool:
        """Say whether a token may pass a step without waiting for time, a signal or a person."""
        step = self.steps[name]
        if step.wait is not None:
            return step.wait.until is None and (step.wait.span is None or milliseconds(step.wait.span) == 0)
        if step.parallel is not None:
            enough = all if step.parallel.join == "all" else any
            return enough(JOIN in self.ends_of(path, quick=True) for path in step.parallel.paths)
        return step.wait_for is None and step.ask is None and step.handover is None


def _joins(flow: Flow, place: Place) -> Iterator[Problem]:
    """Yield targets `join` outside of parallel steps."""
    for name in sorted(flow.regions[_MAIN]):
        step = flow.steps[name]
        named = [*targets(step), *([(("next",), step.next)] if step.next is not None and step.end is None else [])]
        for path, target in named:
            if target == JOIN:
                cause = "`join` ends one path of a parallel step, and no parallel step leads here"
                yield place.at(name, *path).problem(cause, "name a step, or `end`")


def _paths(flow: Flow, place: Place) -> Iterator[Problem]:
    """Yield paths of parallel steps that never end, or that run on into what stands below."""
    ways = Counter(step for region in flow.regions.values() for step in region)
    for name, region in flow.regions.items():
        if name == _MAIN:
            continue
        parallel = flow.steps[name].parallel
        for number, start in enumerate(parallel.paths if parallel is not None else ()):
            if not flow.ends_of(start):
                where = place.at(name, "parallel", "paths", number)
                yield where.problem(f"the path {quote(start)} never ends", "lead it to `join`, or to `end`")
        starts = frozenset(parallel.paths if parallel is not None else ())
        for inner in sorted(region):
            below = flow.implicit(inner)
            if below is not None and (below == END or below in starts or ways[below] > (below in region)):
                into = "the end of the run" if below == END else f"the step {quote(below)}"
                cause = f"the path of {quote(name)} goes on from {quote(inner)} to {into}, which stands below"
                yield place.at(inner).problem(cause, "write `next: join`, or name what is meant")


def _cycle(edges: dict[str, list[str]]) -> tuple[str, ...]:
    """Return a cycle in a graph; none when there is none."""
    done: set[str] = set()
    for start in edges:
        way: list[str] = []
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            name, leaves = waiting.pop()
            if leaves:
                done.add(way.pop())
            elif name in way:
                return tuple(way[way.index(name) :])
            elif name not in done:
                way.append(name)
                waiting.append((name, True))
                waiting.extend((each, False) for each in edges[name])
    return ()
