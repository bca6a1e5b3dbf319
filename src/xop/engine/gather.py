"""Gathering: read actions called before a verdict, each answer shared by all who ask at the time."""

import asyncio
from collections import OrderedDict
from typing import Any

from msgspec import Struct

from xop.engine.connections import Connections, request_data
from xop.kernel.actions.invocation import Invocation
from xop.kernel.actions.model import FactSource
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.json import canonical
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Known, Refusal
from xop.kernel.context.customer import Customer
from xop.kernel.release import CompiledAction, Release
from xop.ports.adapter import Sending
from xop.ports.clock import Clock

DEADLINE = 2.0
"""Seconds a verdict waits for its facts; what has not come by then is unknown."""

_KEPT = 10_000


class About(Struct, frozen=True):
    """Whom facts are asked about, and for what."""

    customer: Customer
    origin: str
    """The part of the customer that the verdict will be about."""
    arguments: dict[str, Any]


class Gatherer:
    """Calls the read actions that an action's facts are bound to."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock
        self._answers: OrderedDict[bytes, Known] = OrderedDict()
        self._flights: dict[bytes, asyncio.Task[Known | None]] = {}

    async def reads(self, release: Release, compiled: CompiledAction, about: "About") -> dict[str, Known]:
        """Return the outputs of all read actions the action's facts need; one that cannot be had is left out."""
        sources: dict[str, FactSource] = {}
        for source in (fact.source for fact in compiled.facts):
            # Facts that share a read are answered together, as fresh as the strictest of them asks.
            if source.read is not None and (source.read not in sources or _age(source) < _age(sources[source.read])):
                sources[source.read] = source
        if not sources:
            return {}
        names = list(sources)
        asked = (self._read(release, release.actions[name], sources[name], about) for name in names)
        answers = await asyncio.gather(*asked)
        return {name: answer for name, answer in zip(names, answers, strict=True) if answer is not None}

    async def _read(
        self, release: Release, compiled: CompiledAction, source: FactSource, about: "About"
    ) -> Known | None:
        now = self._clock.now()
        action = compiled.action
        invocation = Invocation("", action.name, SYSTEM, "started", now, action.purpose, arguments=about.arguments)
        connection = release.connections[action.binding.connection]
        adapter = self._connections.adapter(connection)
        data = request_data(release, about.customer, about.origin, compiled, invocation, now)
        request = adapter.render(compiled.request, data | {"now": ""})
        if isinstance(request, Refusal):
            return None
        key = canonical([release.digest, action.name]) + request
        known = self._answers.get(key)
        if known is not None and now - known.at < _age(source):
            return known
        flight = self._flights.get(key)
        if flight is None:
            sending = Sending("", 1, request, DEADLINE, now)
            flight = self._flights[key] = asyncio.create_task(self._call(adapter.send(sending), action.name))
            flight.add_done_callback(lambda _task: self._flights.pop(key, None))
        answer = await asyncio.shield(flight)
        if answer is not None:
            self._answers[key] = answer
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return answer

    async def _call(self, call: Any, source: str) -> Known | None:
        try:
            sent = await asyncio.wait_for(call, DEADLINE)
        except TimeoutError:
            return None
        return Known(sent.output, self._clock.now(), source) if sent.result == "done" else None


def _age(source: FactSource) -> int:
    """Return how old a read may be, in milliseconds."""
    return 0 if source.max_age is None else milliseconds(source.max_age)
