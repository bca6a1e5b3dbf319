"""Plays a history on the production engine in virtual time: each action shown is a choice, its outcome a signal."""

from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import groupby
from time import perf_counter

from msgspec import Struct

from benchmarks.nba.history import Shown
from benchmarks.nba.shop import ANSWERED, NAME, SEEN
from xop.assembly import KINDS, MODELS
from xop.engine.engine import Engine
from xop.engine.ticket import Answer
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Choice, Signal
from xop.kernel.decisions.model import Decision
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.runtimes.simulated import SimulatedLoop, SimulatedRuntime

_HOUR = 3_600_000
_TOGETHER = 2_000
"""Signals taken before the engine has its turn: fewer than it lets wait."""

_SHOP = Actor("source", "shop")
_ASKER = Actor("trigger", "history")
"""A journey of the release's own may ask every decision set."""


class Told(Struct):
    """What the platform said of one action that history showed."""

    shown: Shown
    propensity: float
    """As the model had learned by the moment of the decision."""
    refusal: str
    """The rule that kept the action from being chosen; empty when it was chosen."""
    own: bool
    """Whether the platform, asked first what it would do, said the same."""


class Played(Struct):
    """What came of playing."""

    runtime: SimulatedRuntime
    told: list[Told]
    latencies: list[float]
    """Milliseconds of each choice among everything, until it was durable in memory."""
    placements: list[float]
    """Those of each choice of what history showed."""
    seconds: float


def play(release: Release, shown: Sequence[Shown], advance: Callable[[int], None]) -> Played:
    """Play a history in its order, an hour at a time; outcomes come in at the end of the hour in which they were known."""
    runtime = SimulatedRuntime(shown[0].at // _HOUR * _HOUR, 7)
    playing = _Playing(runtime, Engine(runtime, release, KINDS, lambda _name: "secret", MODELS))
    loop = SimulatedLoop()
    began = perf_counter()
    try:
        loop.run_until_complete(playing.run(shown, advance))
    finally:
        loop.close()
    return Played(runtime, playing.told, playing.latencies, playing.placements, perf_counter() - began)


class _Playing:
    """One history on one engine."""

    def __init__(self, runtime: SimulatedRuntime, engine: Engine) -> None:
        self.told: list[Told] = []
        self.latencies: list[float] = []
        self.placements: list[float] = []
        self._interaction = ""
        self._own = ("", "")
        """What the platform would have done in the interaction at hand."""
        self._runtime = runtime
        self._engine = engine
        self._known: set[str] = set()
        self._outcomes: list[tuple[int, int, Shown]] = []
        """What was shown and waits for its outcome to be known, by when it is."""

    async def run(self, shown: Sequence[Shown], advance: Callable[[int], None]) -> None:
        await self._engine.start()
        for hour, within in groupby(shown, key=lambda each: each.at // _HOUR):
            # Outcomes of hours in which nothing was shown come in before the next choice is made.
            await self._hear(hour * _HOUR)
            each_of = list(within)
            for each in each_of:
                await self._choose(each)
            await self._hear((hour + 1) * _HOUR)
            advance(len(each_of))
        await self._engine.stop()

    async def _choose(self, shown: Shown) -> None:
        clock = self._runtime.clock
        if shown.at > clock.now():
            await clock.advance_to(shown.at)
        who = Identifier("customer", shown.customer)
        if shown.customer not in self._known:
            self._known.add(shown.customer)
            await self._engine.submit(Signal(f"signal:seen:{shown.customer}", SEEN, "shop", shown.at, _SHOP, (who,)))
        if shown.interaction != self._interaction:
            self._interaction = shown.interaction
            decision = (await self._ask(shown, f"choice:own:{shown.interaction}", self.latencies)).decision
            winner = next((each for each in decision.candidates if not each.fell), None) if decision else None
            self._own = (winner.name, winner.treatment) if winner is not None else ("", "")
        self._note(shown, await self._ask(shown, _choice_id(shown), self.placements, only=True))
        if shown.outbound and not self.told[-1].refusal:
            await clock.settle()

    async def _ask(self, shown: Shown, name: str, latencies: list[float], *, only: bool = False) -> Answer:
        """Ask what to do next: among everything, or whether to do what history did."""
        names = (shown.candidate, shown.treatment) if only else ("", "")
        request = dict(zip(("candidate", "treatment"), names, strict=True))
        # A website shows what it was told itself; a contact is proposed, judged once more and carried out.
        choice = Choice(name, _ASKER, NAME, propose=only and shown.outbound, request=request)
        began = perf_counter()
        answer = await self._engine.submit(choice, Identifier("customer", shown.customer))
        latencies.append((perf_counter() - began) * 1e3)
        return answer

    def _note(self, shown: Shown, answer: Answer) -> None:
        entry, decision = answer.entry, answer.decision
        assert entry is not None, answer.refusal
        assert decision is not None
        assert entry.moment.scores is not None
        option = shown.candidate, shown.treatment
        said = (each for each in entry.moment.scores.scores if (each.candidate, each.treatment) == option)
        refusal = _refusal(decision, shown)
        self.told.append(Told(shown, next(said).propensity, refusal, own=option == self._own))
        if not refusal:
            heappush(self._outcomes, (shown.known, len(self.told), shown))

    async def _hear(self, until: int) -> None:
        """Let outcomes come in that are known by now, and let the model learn them."""
        await self._runtime.clock.advance_to(until)
        for number, signal in enumerate(self._due(until)):
            self._engine.take(signal)
            if number % _TOGETHER == _TOGETHER - 1:
                await self._runtime.clock.settle()
        await self._runtime.clock.settle()
        await self._engine.trainer.settled()

    def _due(self, until: int) -> Iterator[Signal]:
        while self._outcomes and self._outcomes[0][0] < until:
            known, _, shown = heappop(self._outcomes)
            who, data = (
                Identifier("customer", shown.customer),
                {"choice": _choice_id(shown), "success": shown.success},
            )
            yield Signal(f"signal:answered:{shown.id}", ANSWERED, "shop", known, _SHOP, (who,), data)


def _choice_id(shown: Shown) -> str:
    return f"choice:history:{shown.id}"


def _refusal(decision: Decision, shown: Shown) -> str:
    """Return why the action that history showed was not chosen."""
    for each in decision.candidates:
        if each.name == shown.candidate:
            return (each.reason or each.fell) if each.fell else ""
    return "unknown"
