"""Dispatch: carries out what is in the outbox, each request judged once more at the moment it leaves."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from xop.engine.connections import Connections
from xop.engine.gate import Gate
from xop.engine.ticket import Answer, Overloaded, Stopping
from xop.engine.watch import Watch
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Command, Execution, Outcome
from xop.kernel.facts import InvocationStarted
from xop.kernel.release import Release
from xop.ports.adapter import Sending, Sent
from xop.ports.errors import StorageError
from xop.ports.outbox import OutboxEntry
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.dispatch")

_AT_ONCE = 64
_STOP_GRACE = 20.0
"""Seconds that requests on their way may take to come back when the engine stops."""

Submit = Callable[[Command, str], Awaitable[Answer]]
"""Submits a command about a part and gives its durable answer."""


class Dispatcher:
    """Takes due entries from the outbox, within each connection's limits."""

    def __init__(
        self, runtime: Runtime, connections: Connections, submit: Submit, release: Callable[[], Release]
    ) -> None:
        self.gates: dict[str, Gate] = {}
        self._runtime = runtime
        self._connections = connections
        self._submit = submit
        self._release = release
        self._flying: dict[str, asyncio.Task[None]] = {}
        self._watch = Watch("dispatcher", runtime.clock, self._launch)
        self.start = self._watch.start
        self.wake = self._watch.wake

    async def stop(self) -> None:
        """Take nothing more from the outbox and let what is on its way come back."""
        await self._watch.stop()
        if self._flying:
            await asyncio.wait(list(self._flying.values()), timeout=_STOP_GRACE)

    async def _launch(self) -> int | None:
        """Send all that may leave now; return when to look again at the latest."""
        clock, release = self._runtime.clock, self._release()
        blocked: dict[str, int | None] = {}
        while True:
            limit = _AT_ONCE + len(self._flying)
            entries = await self._runtime.outbox.due(clock.now(), limit, tuple(blocked))
            fresh = [entry for entry in entries if entry.invocation not in self._flying]
            if not fresh:
                break
            for entry in fresh:
                if entry.connection in blocked:
                    continue
                gate = self._gate(entry.connection, release)
                opens = gate.opens_at(clock.now()) if gate else clock.now()
                if opens is None or opens > clock.now():
                    blocked[entry.connection] = opens
                    continue
                self._send_off(entry, gate)
        times = [opens for opens in blocked.values() if opens is not None]
        due = await self._runtime.outbox.next_due()
        if due is not None and due > clock.now():
            times.append(due)
        return min(times, default=None)

    def _gate(self, name: str, release: Release) -> Gate | None:
        connection = release.connections.get(name)
        if connection is None:
            return None
        gate = self.gates.get(name)
        if gate is None or gate.connection != connection:
            gate = self.gates[name] = Gate(connection)
        return gate

    def _send_off(self, entry: OutboxEntry, gate: Gate | None) -> None:
        if gate is not None:
            gate.leave(self._runtime.clock.now())
        task = asyncio.create_task(self._carry_out(entry, gate), name=f"xop-send-{entry.invocation}")
        self._flying[entry.invocation] = task
        task.add_done_callback(lambda _task: self._landed(entry.invocation))

    def _landed(self, invocation: str) -> None:
        self._flying.pop(invocation, None)
        self.wake()

    async def _carry_out(self, entry: OutboxEntry, gate: Gate | None) -> None:
        unhealthy: bool | None = None
        try:
            attempt = entry.attempt + 1
            name = f"execution:{entry.invocation}:{attempt}:{entry.due}"
            answer = await self._submit(Execution(name, entry.invocation, attempt), entry.part)
            if answer.duplicate or not _started(answer):
                return
            sent = await self._send(entry, attempt)
            unhealthy = sent.unhealthy
            await self._submit(outcome(entry, attempt, sent, self._idempotent(entry)), entry.part)
        except (StorageError, Overloaded, Stopping) as error:
            # The entry is as durable as before: pending, or sending and so uncertain until the engine starts again.
            LOG.warning("the invocation %s was not carried further: %s", entry.invocation, error)
        finally:
            if gate is not None:
                gate.back(self._runtime.clock.now(), unhealthy=unhealthy)

    async def _send(self, entry: OutboxEntry, attempt: int) -> Sent:
        release = self._release()
        connection = release.connections.get(entry.connection)
        if connection is None:
            return Sent("failed", f"the connection {entry.connection!r} is gone from the workspace")
        compiled = release.actions.get(entry.action)
        timeout = milliseconds(compiled.action.attempts.timeout) / 1000 if compiled else 15.0
        sending = Sending(entry.invocation, attempt, entry.request, timeout, self._runtime.clock.now())
        return await self._connections.adapter(connection).send(sending)

    def _idempotent(self, entry: OutboxEntry) -> bool:
        connection = self._release().connections.get(entry.connection)
        return connection is not None and self._connections.adapter(connection).idempotent


def _started(answer: Answer) -> bool:
    return answer.entry is not None and any(isinstance(fact, InvocationStarted) for fact in answer.entry.facts)


def outcome(entry: OutboxEntry, attempt: int, sent: Sent, idempotent: bool) -> Outcome:  # noqa: FBT001 - a value, not a switch
    """Return the command that tells what came of an attempt; a receiver that knows the key may be asked again when uncertain."""
    result = "retry" if sent.result == "uncertain" and idempotent else sent.result
    name = f"outcome:{entry.invocation}:{attempt}"
    return Outcome(name, entry.invocation, attempt, result, sent.detail, sent.output, sent.retry_after or 0)


async def recover(runtime: Runtime, connections: Connections, release: Release, submit: Submit) -> int:
    """Settle what was being sent when the process ended; return how many requests that were.

    Nobody knows whether they arrived: with a receiver that knows the idempotency key they are sent again, with any other
    they become uncertain and wait for a person.
    """
    count, after = 0, None
    while True:
        entries = await runtime.outbox.page(("sending",), after, 256)
        for entry in entries:
            connection = release.connections.get(entry.connection)
            known = connection is not None and connections.adapter(connection).idempotent
            sent = Sent("uncertain", "the process ended while the request was on its way")
            await submit(outcome(entry, entry.attempt, sent, known), entry.part)
            count += 1
        if len(entries) < 256:  # noqa: PLR2004 - the page size above
            return count
        after = entries[-1].invocation
