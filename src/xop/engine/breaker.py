"""Breakers: halt an agent that runs away, by the rate, the refusals, the failures or the cost of what it asks for."""

from collections import deque
from collections.abc import Callable, Iterable

from xop.kernel.actions.cost import cost_of
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Breaker
from xop.kernel.base.spans import milliseconds
from xop.kernel.budgets.model import affordable
from xop.kernel.entry import Entry
from xop.kernel.facts import (
    InvocationCancelled,
    InvocationDone,
    InvocationFailed,
    InvocationQueued,
    InvocationUncertain,
)
from xop.kernel.release import Release

_MOST = 100_000
"""Most events remembered of one agent: a limit beyond that is one never reached."""

Trip = Callable[[Actor, str], None]
"""Halts an agent, for a reason."""

_STANDARD = Breaker()


class Breakers:
    """Watches agents; what it remembers is lost with the process, the halt it leads to is not."""

    def __init__(self, release: Callable[[], Release], halts: Callable[[], Iterable[str]], trip: Trip) -> None:
        self._release = release
        self._halts = halts
        self._trip = trip
        self._watches: dict[Actor, _Watch] = {}
        self._agents: dict[str, Actor] = {}
        """Who had each invocation under way proposed."""

    def asked(self, actor: Actor, at: int, *, refused: bool) -> None:
        """Note a request of an actor, and whether it was refused."""
        if actor.kind == "agent":
            watch = self._watch(actor)
            watch.requests.note(at, bad=refused)
            self._look(actor, watch, at)

    def follow(self, entry: Entry) -> None:
        """Note what came of what agents asked for."""
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
        one = fact.invocation
        actor = one.asked_by or one.actor
        if actor.kind != "agent" or len(self._agents) >= _MOST:
            return
        self._agents[one.id] = actor
        compiled = self._release().actions.get(one.action)
        cost = cost_of(compiled.action, one.arguments) if compiled is not None else ""
        if cost:
            watch = self._watch(actor)
            watch.costs.append((at, cost))
            self._look(actor, watch, at)

    def _watch(self, actor: Actor) -> "_Watch":
        return self._watches.setdefault(actor, _Watch())

    def _look(self, actor: Actor, watch: "_Watch", at: int) -> None:
        principal = self._release().principals.get(actor)
        limits = (principal.breaker if principal is not None else None) or _STANDARD
        reason = watch.reason(limits, at)
        if reason and str(actor) not in self._halts():
            # Whoever resumes the agent starts it with a clean slate.
            del self._watches[actor]
            self._trip(actor, reason)


class _Watch:
    """What one agent did of late."""

    __slots__ = ("acts", "costs", "requests")

    def __init__(self) -> None:
        self.requests = _Window()
        """What it asked for; bad is what was refused."""
        self.acts = _Window()
        """What came of it; bad is what failed."""
        self.costs: deque[tuple[int, str]] = deque(maxlen=_MOST)

    def reason(self, limits: Breaker, at: int) -> str:
        """Return which limit is exceeded; empty when none is."""
        since = at - milliseconds(limits.within)
        self.requests.forget(since)
        self.acts.forget(since)
        if limits.rate is not None and len(self.requests) > limits.rate:
            return f"{len(self.requests)} requests within {limits.within}, more than {limits.rate}"
        if self.requests.exceeds(limits.denials, limits.least):
            return f"more than {limits.denials:.0%} of its requests within {limits.within} were refused"
        if self.acts.exceeds(limits.errors, limits.least):
            return f"more than {limits.errors:.0%} of its acts within {limits.within} failed"
        if limits.cost is not None and not self._affordable(limits.cost, since):
            return f"its acts within {limits.within} cost more than {limits.cost}"
        return ""

    def _affordable(self, limit: str, since: int) -> bool:
        while self.costs and self.costs[0][0] <= since:
            self.costs.popleft()
        return affordable(limit, (cost for _, cost in self.costs))


class _Window:
    """Events of late, each good or bad, counted as they come and go."""

    __slots__ = ("_bad", "_events")

    def __init__(self) -> None:
        self._events: deque[tuple[int, bool]] = deque()
        self._bad = 0

    def __len__(self) -> int:
        return len(self._events)

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
