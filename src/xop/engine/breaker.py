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
            watch.requests.append((at, refused))
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
                    watch.acts.append((entry.moment.at, not isinstance(fact, InvocationDone)))
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
            watch.forget()
            self._trip(actor, reason)


class _Watch:
    """What one agent did of late."""

    __slots__ = ("acts", "costs", "requests")

    def __init__(self) -> None:
        self.requests: deque[tuple[int, bool]] = deque(maxlen=_MOST)
        """When it asked for something, and whether that was refused."""
        self.acts: deque[tuple[int, bool]] = deque(maxlen=_MOST)
        """When something it asked for was over, and whether it had failed."""
        self.costs: deque[tuple[int, str]] = deque(maxlen=_MOST)

    def reason(self, limits: Breaker, at: int) -> str:
        """Return which limit is exceeded; empty when none is."""
        since = at - milliseconds(limits.within)
        for events in (self.requests, self.acts, self.costs):
            while events and events[0][0] <= since:
                events.popleft()
        if limits.rate is not None and len(self.requests) > limits.rate:
            return f"{len(self.requests)} requests within {limits.within}, more than {limits.rate}"
        if _exceeds(self.requests, limits.denials, limits.least):
            return f"more than {limits.denials:.0%} of its requests within {limits.within} were refused"
        if _exceeds(self.acts, limits.errors, limits.least):
            return f"more than {limits.errors:.0%} of its acts within {limits.within} failed"
        if limits.cost is not None and not affordable(limits.cost, (cost for _, cost in self.costs)):
            return f"its acts within {limits.within} cost more than {limits.cost}"
        return ""

    def forget(self) -> None:
        """Begin anew: whoever resumes an agent starts it with a clean slate."""
        self.requests.clear()
        self.acts.clear()
        self.costs.clear()


def _exceeds(events: deque[tuple[int, bool]], share: float | None, least: int) -> bool:
    if share is None or len(events) < least:
        return False
    return sum(bad for _, bad in events) > share * len(events)
