"""Breakers: halt an agent that runs away, by the rate, the refusals, the failures or the cost of what it asks for."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Collection
from functools import partial

from msgspec import Struct

from xop.engine.ticket import Answer, Overloaded, Stopping
from xop.kernel.actions.cost import cost_of
from xop.kernel.base.actor import SYSTEM, Actor
from xop.kernel.base.principal import Breaker
from xop.kernel.base.spans import milliseconds
from xop.kernel.budgets.model import affordable, sums
from xop.kernel.commands import Choice, Command, Enter, Evaluation, Halt, HandOver, Proposal
from xop.kernel.entry import Entry
from xop.kernel.facts import (
    InvocationCancelled,
    InvocationDone,
    InvocationFailed,
    InvocationQueued,
    InvocationUncertain,
)
from xop.kernel.release import Release
from xop.ports.clock import Clock
from xop.ports.errors import StorageError

LOG = logging.getLogger("xop.breaker")

_MOST = 100_000
"""Most events remembered of one agent: a limit beyond that is one never reached."""

_TRIES = 10
"""How often a halt that cannot be made durable is tried, before the agent's next request has it tried again."""

_AFTER_A_FAULT = 1000
"""Milliseconds until a halt that could not be made durable is tried again."""

_CAME = frozenset({InvocationQueued, InvocationDone, InvocationFailed, InvocationUncertain, InvocationCancelled})
"""Facts that are followed."""

Imposing = Callable[[Halt], Awaitable[object]]
"""Submits a halt; returns when it is durable."""

STANDARD = Breaker()
"""The breaker of an agent for which nothing else is said."""


class Standing(Struct, frozen=True):
    """What an agent did within its breaker's span, as far as this process saw it."""

    requests: int
    judged: int
    refused: int
    acts: int
    failed: int
    costs: tuple[str, ...]
    """What its acts cost together, one amount for each currency."""


class Breakers:
    """Watches agents; what it remembers is lost with the process, the halt it leads to is not."""

    def __init__(
        self, release: Callable[[], Release], halts: Callable[[], Collection[str]], impose: Imposing, clock: Clock
    ) -> None:
        self._release = release
        self._halts = halts
        self._impose = impose
        self._clock = clock
        self._watches: dict[Actor, _Watch] = {}
        self._agents: dict[str, Actor] = {}
        """Who had each invocation under way proposed."""
        self._tripping: dict[Actor, asyncio.Task[None]] = {}
        """The halts under way."""

    async def stop(self) -> None:
        """Give up halts that are not durable yet."""
        under_way = list(self._tripping.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def standing(self, actor: Actor) -> Standing:
        """Return what counts towards an agent's breaker now."""
        watch = self._watches.get(actor)
        if watch is None:
            return Standing(0, 0, 0, 0, 0, ())
        return watch.standing(self._clock.now() - milliseconds(self._limits(actor).within))

    def _limits(self, actor: Actor) -> Breaker:
        principal = self._release().principals.get(actor)
        return (principal.breaker if principal is not None else None) or STANDARD

    def heed(self, command: Command, answer: asyncio.Future[Answer]) -> None:
        """Watch what becomes of a command if it is an agent's request, be it one that somebody acting for the agent makes."""
        actor = _asking(command)
        if actor is not None and actor.kind == "agent":
            answer.add_done_callback(partial(self._asked, actor))

    def _asked(self, actor: Actor, future: asyncio.Future[Answer]) -> None:
        """Count a request once it is answered; one for whose answer nobody waits any more was made all the same."""
        answer = None if future.cancelled() or future.exception() is not None else future.result()
        if answer is None or not answer.duplicate:
            at = self._clock.now()
            watch = self._watch(actor)
            watch.requests.note(at, bad=False)
            if answer is not None and (verdict := _verdict(answer)):
                watch.verdicts.note(at, bad=verdict == "deny")
            self._look(actor, watch, at)

    def follow(self, entry: Entry) -> None:
        """Note what came of what agents asked for."""
        if _CAME.isdisjoint(map(type, entry.facts)):
            return
        for fact in entry.facts:
            if isinstance(fact, InvocationQueued):
                self._spent(fact, entry.moment.at)
            elif isinstance(fact, InvocationDone | InvocationFailed | InvocationUncertain | InvocationCancelled):
                actor = self._agents.pop(fact.invocation, None)
                if actor is not None and not isinstance(fact, InvocationCancelled):
                    watch = self._watch(actor)
                    watch.acts.note(entry.moment.at, bad=not isinstance(fact, InvocationDone))
                    self._look(actor, watch, entry.moment.at)

    def _spent(self, fact: InvocationQueued, at: int) -> None:
        """Count what an invocation costs when it is first queued: one that was held and waits again costs nothing more."""
        one = fact.invocation
        actor = one.asked_by or one.actor
        if actor.kind != "agent" or one.id in self._agents or len(self._agents) >= _MOST:
            return
        self._agents[one.id] = actor
        compiled = self._release().actions.get(one.action)
        cost = cost_of(compiled.action, one.arguments) if compiled is not None else ""
        if cost:
            watch = self._watch(actor)
            watch.spend(one.id, at, cost)
            self._look(actor, watch, at)

    def _watch(self, actor: Actor) -> "_Watch":
        watch = self._watches.get(actor)
        if watch is None:
            watch = self._watches[actor] = _Watch()
        return watch

    def _look(self, actor: Actor, watch: "_Watch", at: int) -> None:
        if str(actor) in self._halts():
            # Whoever resumes the agent starts it with a clean slate.
            self._watches.pop(actor, None)
            return
        reason = watch.reason(self._limits(actor), at)
        if reason and actor not in self._tripping:
            LOG.error("%s runs away and is halted: %s", actor, reason)
            self._tripping[actor] = asyncio.create_task(self._trip(actor, reason, at), name=f"xop-halt-{actor}")

    async def _trip(self, actor: Actor, reason: str, at: int) -> None:
        """Halt an agent; what is known of it is forgotten only when the halt is durable."""
        command = Halt(f"breaker:{actor}:{at}", SYSTEM, str(actor), reason)
        try:
            for _ in range(_TRIES):
                try:
                    await self._impose(command)
                except (Overloaded, StorageError) as error:
                    LOG.error("%s runs away and is not halted yet: %s", actor, error)  # noqa: TRY400 - its place tells nothing
                    await self._clock.until(self._clock.now() + _AFTER_A_FAULT)
                else:
                    self._watches.pop(actor, None)
                    return
        except Stopping:
            LOG.error("%s ran away and could not be halted before the end", actor)  # noqa: TRY400 - its place tells nothing
        finally:
            self._tripping.pop(actor, None)


def _asking(command: Command) -> Actor | None:
    """Return who asks for something by a command; None for a command that asks for nothing."""
    if isinstance(command, Enter):
        return command.actor
    if isinstance(command, Proposal | Evaluation | Choice | HandOver):
        return command.asked_by or command.actor
    return None


def _verdict(answer: Answer) -> str:
    """Return what was said to a request; empty when it was not judged itself, as an entry whose run will propose.

    A choice in which nothing suits the customer is no refusal.
    """
    if answer.refusal is not None:
        return "deny"
    decision = answer.decision
    return decision.verdict if decision is not None and decision.stage != "choice" else ""


class _Watch:
    """What one agent did of late."""

    __slots__ = ("acts", "costs", "requests", "verdicts")

    def __init__(self) -> None:
        self.requests = _Window()
        """What it asked for."""
        self.verdicts = _Window()
        """What of it was judged; bad is what was refused."""
        self.acts = _Window()
        """What came of it; bad is what failed."""
        self.costs: OrderedDict[str, tuple[int, str]] = OrderedDict()
        """When each invocation was first queued, and what it costs."""

    def spend(self, invocation: str, at: int, cost: str) -> None:
        """Note what an invocation costs, once."""
        self.costs.setdefault(invocation, (at, cost))
        if len(self.costs) > _MOST:
            self.costs.popitem(last=False)

    def reason(self, limits: Breaker, at: int) -> str:
        """Return which limit is exceeded; empty when none is."""
        since = at - milliseconds(limits.within)
        self.requests.forget(since)
        self.verdicts.forget(since)
        self.acts.forget(since)
        if limits.rate is not None and len(self.requests) > limits.rate:
            return f"{len(self.requests)} requests within {limits.within}, more than {limits.rate}"
        if self.verdicts.exceeds(limits.denials, limits.least):
            return f"more than {limits.denials:.0%} of its requests within {limits.within} were refused"
        if self.acts.exceeds(limits.errors, limits.least):
            return f"more than {limits.errors:.0%} of its acts within {limits.within} failed"
        if limits.cost is not None and not self._affordable(limits.cost, since):
            return f"its acts within {limits.within} cost more than {limits.cost}"
        return ""

    def standing(self, since: int) -> Standing:
        """Return what happened since a moment."""
        for window in (self.requests, self.verdicts, self.acts):
            window.forget(since)
        self._forget_costs(since)
        return Standing(
            requests=len(self.requests),
            judged=len(self.verdicts),
            refused=self.verdicts.bad,
            acts=len(self.acts),
            failed=self.acts.bad,
            costs=sums(cost for _, cost in self.costs.values()),
        )

    def _forget_costs(self, since: int) -> None:
        while self.costs and next(iter(self.costs.values()))[0] <= since:
            self.costs.popitem(last=False)

    def _affordable(self, limit: str, since: int) -> bool:
        self._forget_costs(since)
        return affordable(limit, (cost for _, cost in self.costs.values()))


class _Window:
    """Events of late, each good or bad, counted as they come and go."""

    __slots__ = ("_bad", "_events")

    def __init__(self) -> None:
        self._events: deque[tuple[int, bool]] = deque()
        self._bad = 0

    def __len__(self) -> int:
        return len(self._events)

    @property
    def bad(self) -> int:
        """How many of them were bad."""
        return self._bad

    def note(self, at: int, *, bad: bool) -> None:
        """Note one more event."""
        self._events.append((at, bad))
        self._bad += bad
        if len(self._events) > _MOST:
            self._drop()

    def forget(self, since: int) -> None:
        """Drop what happened until a moment."""
        while self._events and self._events[0][0] <= since:
            self._drop()

    def exceeds(self, share: float | None, least: int) -> bool:
        """Say whether there are enough events, and more than a share of them bad."""
        return share is not None and len(self._events) >= least and self._bad > share * len(self._events)

    def _drop(self) -> None:
        self._bad -= self._events.popleft()[1]
