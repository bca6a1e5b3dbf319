"""Gathering: reads made before a verdict, each answer shared by all who ask at the time."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from msgspec import UNSET, Struct

from xop.engine.connections import Connections, request_data
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.json import canonical
from xop.kernel.base.values import Known, Refusal
from xop.kernel.context.customer import Customer
from xop.kernel.halts.model import halting, scopes_of
from xop.kernel.picture import instant, picture, sections_read
from xop.kernel.release import CompiledAction, CompiledRead, Release
from xop.ports.adapter import Adapter, Sending
from xop.ports.clock import Clock

DEADLINE = 2.0
"""Seconds a verdict waits for all its facts together; what has not come by then is unknown."""

MOST_EACH = 50
"""Elements that one read is made for; for more it is unknown."""

_KEPT = 10_000

_ABSENT = object()
"""The value of an answer that says that there is nothing."""


class About(Struct, frozen=True):
    """Whom facts are asked about, and for what."""

    customer: Customer
    origin: str
    """The part of the customer that the verdict will be about."""
    arguments: dict[str, Any]


class Gatherer:
    """Makes the reads that an action's facts need.

    The platform makes them for itself, as the system: they are not judged, and what the read action's own permission
    says is not asked, since what they answer goes to the policies alone. What is halted is not read from.
    """

    def __init__(
        self,
        connections: Connections,
        clock: Clock,
        deadline: float = DEADLINE,
        halts: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._deadline = deadline
        self._halts = halts
        self._answers: OrderedDict[bytes, Known] = OrderedDict()
        self._flights: dict[bytes, asyncio.Task[Known | None]] = {}

    def forget(self) -> None:
        """Forget every answer: some may be about a customer who was erased."""
        self._answers.clear()

    async def reads(self, release: Release, compiled: CompiledAction, about: "About") -> dict[str, Known]:
        """Return the outputs of all reads the action's facts need, by name; one that cannot be had is left out.

        Those that do not need one another are made at the same time, and one deadline holds for all.
        """
        if not compiled.reads:
            return {}
        data = _data(release, compiled.reads, about, self._clock.now())
        tasks: dict[str, asyncio.Task[Known | None]] = {}
        for read in compiled.reads:
            needed = {name: tasks[name] for name in read.needs}
            tasks[read.name] = asyncio.create_task(self._read(release, read, about, data, needed))
        try:
            done, _ = await asyncio.wait(tasks.values(), timeout=self._deadline)
        finally:
            for task in tasks.values():
                task.cancel()
        answers = {name: task.result() for name, task in tasks.items() if task in done}
        return {name: answer for name, answer in answers.items() if answer is not None}

    async def _read(
        self,
        release: Release,
        read: CompiledRead,
        about: About,
        data: Mapping[str, Any],
        needed: Mapping[str, asyncio.Task[Known | None]],
    ) -> Known | None:
        outputs: dict[str, Any] = {}
        for name, task in needed.items():
            known = await asyncio.shield(task)
            if known is None:
                return None
            outputs[name] = known.value
        seen = {**data, "reads": outputs}
        if read.each is None:
            return await self._answer(release, read, about, seen)
        elements = read.each.value(seen)
        if not isinstance(elements, list) or len(elements) > MOST_EACH:
            return None
        asked = (self._answer(release, read, about, {**seen, "each": element}) for element in elements)
        return _together(await asyncio.gather(*asked), read.action, self._clock.now())

    async def _answer(
        self, release: Release, read: CompiledRead, about: About, data: Mapping[str, Any]
    ) -> Known | None:
        """Return what the read action answers to one set of arguments."""
        compiled = release.actions[read.action]
        if halting(self._halts(), scopes_of((), read.action, compiled.action.binding.connection)):
            return None
        arguments = _arguments(read, compiled, about, data)
        if arguments is None:
            return None
        now, action = self._clock.now(), compiled.action
        invocation = Invocation("", action.name, SYSTEM, "started", now, action.purpose, arguments=arguments)
        adapter = self._connections.adapter(release.connections[action.binding.connection])
        seen = request_data(release, about.customer, about.origin, compiled, invocation, now)
        request = adapter.render(compiled.request, seen | {"now": ""})
        if isinstance(request, Refusal):
            return None
        key = canonical([release.digest, action.name]) + request
        answer = self._answers.get(key)
        if answer is None or now - answer.at >= read.max_age or (answer.value is _ABSENT and read.absent is UNSET):
            answer = await self._fly(key, adapter, request, action.name)
        if answer is None or answer.value is not _ABSENT:
            return answer
        return None if read.absent is UNSET else Known(read.absent, answer.at, answer.source)

    async def _fly(self, key: bytes, adapter: Adapter, request: bytes, source: str) -> Known | None:
        """Return the answer to a request; whoever asks the same meanwhile gets the same, and nobody else's end ends it."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.create_task(self._call(key, adapter, request, source))
            flight.add_done_callback(lambda _task: self._flights.pop(key, None))
        return await asyncio.shield(flight)

    async def _call(self, key: bytes, adapter: Adapter, request: bytes, source: str) -> Known | None:
        sending = Sending("", 1, request, self._deadline, self._clock.now())
        try:
            sent = await asyncio.wait_for(adapter.send(sending), self._deadline)
        except TimeoutError:
            return None
        if sent.result not in {"done", "failed"}:
            return None
        answer = Known(sent.output if sent.result == "done" else _ABSENT, self._clock.now(), source)
        self._answers[key] = answer
        while len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return answer


def _data(release: Release, reads: Sequence[CompiledRead], about: About, at: int) -> dict[str, Any]:
    """Return what the texts of reads see; the id and identifiers are those of the part that the verdict is about."""
    sections = sections_read(tuple(path for read in reads for path in read.paths))
    seen = picture(release, about.customer.view, at, sections)
    own = picture(release, about.customer.part(about.origin), at, sections)
    seen |= {name: own[name] for name in ("id", "identifiers") if name in own}
    return {"customer": seen, "arguments": about.arguments, "now": instant(at)}


def _arguments(
    read: CompiledRead, compiled: CompiledAction, about: About, data: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return what the read action is called with; None for what cannot be rendered or does not fit its contract."""
    if read.arguments is None:
        return about.arguments
    arguments = read.arguments.render(data)
    return arguments if isinstance(arguments, dict) and compiled.misfit(arguments) is None else None


def _together(answers: Sequence[Known | None], source: str, now: int) -> Known | None:
    """Return the answers to each element as one, as old as the oldest; without one of them the whole is unknown."""
    known = [answer for answer in answers if answer is not None]
    if len(known) < len(answers):
        return None
    return Known([answer.value for answer in known], min((answer.at for answer in known), default=now), source)
