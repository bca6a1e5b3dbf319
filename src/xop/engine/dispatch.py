"""Dispatch: carries out what is in the outbox, each request judged once more at the moment it leaves."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

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
from xop.ports.line import Line
from xop.ports.outbox import OutboxChange, OutboxEntry
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.dispatch")

_AT_ONCE = 64
_PAGE = 256
_NOW = 0
_PATIENCE = 2000
"""Milliseconds that a call waits for its connection to take it."""
_AFTER_A_FAULT = 1000
"""Milliseconds until an entry that could not be taken further is looked for again."""
_STOP_GRACE = 20.0
"""Seconds that requests on their way may take to come back when the engine stops."""

Submit = Callable[[Command, str], Awaitable[Answer]]
"""Submits a command about a part and gives its durable answer."""

Obstacle = Callable[[OutboxEntry], Awaitable[str]]
"""Says what keeps a started request from leaving since it was judged; empty when nothing does."""


class Dispatcher:
    """Takes due entries from the outbox, within each connection's limits."""

    def __init__(
        self,
        runtime: Runtime,
        connections: Connections,
        submit: Submit,
        release: Callable[[], Release],
        obstacle: Obstacle,
    ) -> None:
        self.gates: dict[str, Gate] = {}
        self._runtime = runtime
        self._connections = connections
        self._submit = submit
        self._release = release
        self._obstacle = obstacle
        self._flying: dict[str, asyncio.Task[None]] = {}
        self._freed = asyncio.Event()
        """Set whenever a request has come back, so that another may leave."""
        self._at_hand: deque[OutboxEntry] = deque()
        """Entries that were due when they became durable, so that they need not be looked for."""
        self._look_at: int | None = _NOW
        """When something may be due in the store that is not at hand; None when nothing is known to be."""
        self.lines: dict[str, Line] = {}
        """The ways back to whoever waits for an invocation."""
        self._watch = Watch("dispatcher", runtime.clock, self._launch)
        self.start = self._watch.start
        self.wake = self._watch.wake

    async def stop(self) -> None:
        """Take nothing more from the outbox and let what is on its way come back."""
        await self._watch.stop()
        if self._flying:
            await asyncio.wait(list(self._flying.values()), timeout=_STOP_GRACE)

    def note(self, changes: Sequence[OutboxEntry | OutboxChange]) -> None:
        """Take in what has become durable: what is due now is at hand, what is due later will be looked for then."""
        now = self._runtime.clock.now()
        for change in changes:
            if isinstance(change, OutboxEntry) and change.state == "sending":
                self._send_started(change)
            if change.state != "pending":
                continue
            if isinstance(change, OutboxEntry) and change.due <= now:
                self._at_hand.append(change)
            else:
                self._look_at = change.due if self._look_at is None else min(self._look_at, change.due)
            self.wake()

    async def _launch(self) -> int | None:
        """Send all that may leave now; return when to look again at the latest."""
        blocked: dict[str, int | None] = {}
        while self._at_hand:
            self._try(self._at_hand.popleft(), blocked)
        if self._look_at is not None and self._look_at <= self._runtime.clock.now():
            await self._search(blocked)
        if not blocked:
            return self._look_at
        # What is held up is in the store: search it when a gate opens, or when anything comes back.
        times = [moment for moment in (*blocked.values(), self._look_at) if moment is not None]
        self._look_at = _NOW
        return min(times, default=None)

    async def _search(self, blocked: dict[str, int | None]) -> None:
        """Go through all that is due in the store, connection by connection as far as their gates let it."""
        now = self._runtime.clock.now()
        fresh = True
        while fresh:
            limit = _AT_ONCE + len(self._flying)
            entries = await self._runtime.outbox.due(now, limit, tuple(blocked))
            fresh = any(entry.invocation not in self._flying for entry in entries)
            for entry in entries:
                self._try(entry, blocked)
        self._look_at = await self._runtime.outbox.next_due(now)

    def _try(self, entry: OutboxEntry, blocked: dict[str, int | None]) -> None:
        """Send one entry off, or note when its connection's gate opens: None when only another's return can tell."""
        if entry.invocation in self._flying or entry.connection in blocked:
            return
        now = self._runtime.clock.now()
        gate = self._gate(entry.connection, self._release())
        opens = gate.opens_at(now) if gate else now
        if opens is None or opens > now:
            blocked[entry.connection] = opens
        else:
            self._send_off(entry, gate)

    def _gate(self, name: str, release: Release) -> Gate | None:
        connection = release.connections.get(name)
        if connection is None:
            return None
        gate = self.gates.get(name)
        if gate is None or gate.connection != connection:
            gate = self.gates[name] = Gate(connection)
        return gate

    def _send_started(self, entry: OutboxEntry) -> None:
        """Send a request that was started in the step that queued it: somebody waits for its outcome."""
        self._watch_over(entry, self._send_when_open(entry))

    async def _send_when_open(self, entry: OutboxEntry) -> None:
        """Send a started request once its connection takes it, or say that it does not within a moment."""
        gate = self._gate(entry.connection, self._release())
        wait = await self._opened(gate)
        if wait is not None:
            resting = f"the connection {entry.connection!r} takes no more requests now"
            await self._keep_back(entry, Sent("retry", resting, retry_after=wait))
            return
        if gate is not None:
            gate.leave(self._runtime.clock.now())
        await self._finish(entry, entry.attempt, gate)

    async def _keep_back(self, entry: OutboxEntry, reason: Sent) -> None:
        """Say why a started request never left."""
        await self._conclude(outcome(entry, entry.attempt, reason, idempotent=False), entry.part)

    async def _kept_back(self, entry: OutboxEntry) -> bool:
        """Keep a started request back that was judged before it waited, when it may not leave any more."""
        try:
            obstacle = await self._obstacle(entry)
        except StorageError as error:
            obstacle = f"whether it still may leave is unknown: {error}"
        except Exception as error:
            LOG.exception("whether the invocation %s may still leave is unknown", entry.invocation)
            obstacle = f"whether it still may leave is unknown: {type(error).__name__}"
        if obstacle:
            await self._keep_back(entry, Sent("retry", f"it was not sent, since {obstacle}"))
        return bool(obstacle)

    async def _opened(self, gate: Gate | None) -> int | None:
        """Wait a moment for a gate to open; return for how long it stays closed when it does not, in milliseconds."""
        clock = self._runtime.clock
        deadline = clock.now() + _PATIENCE
        while gate is not None:
            now = clock.now()
            opens = gate.opens_at(now)
            if opens is not None and opens <= now:
                return None
            if now >= deadline or (opens or 0) > deadline:
                return max((opens or now) - now, 0)
            waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(clock.until(min(opens or deadline, deadline)))]
            waits += [] if opens is not None else [asyncio.ensure_future(self._freed.wait())]
            _, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for each in left:
                each.cancel()
        return None

    def _send_off(self, entry: OutboxEntry, gate: Gate | None) -> None:
        if gate is not None:
            gate.leave(self._runtime.clock.now())
        self._watch_over(entry, self._carry_out(entry, gate))

    def _watch_over(self, entry: OutboxEntry, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_guarded(entry, work), name=f"xop-send-{entry.invocation}")
        self._flying[entry.invocation] = task
        task.add_done_callback(lambda _task: self._landed(entry.invocation))

    def _landed(self, invocation: str) -> None:
        self._flying.pop(invocation, None)
        self._freed.set()
        self._freed = asyncio.Event()
        self.wake()

    async def _carry_out(self, entry: OutboxEntry, gate: Gate | None) -> None:
        unhealthy: bool | None = None
        try:
            attempt = entry.attempt + 1
            name = f"execution:{entry.invocation}:{attempt}:{entry.due}"
            answer = await self._submit(Execution(name, entry.invocation, attempt), entry.part)
            if answer.duplicate or not _started(answer):
                return
            unhealthy = await self._complete(entry, attempt)
        except Stopping:
            raise
        except Exception as error:  # noqa: BLE001 - an entry is not lost, whatever keeps it from going on
            # The entry is as durable as before: pending, or sending and so uncertain until the engine starts again.
            _told(error, "the invocation %s was not carried further: %s", entry.invocation)
            self._look_at = _NOW
            await self._runtime.clock.until(self._runtime.clock.now() + _AFTER_A_FAULT)
        finally:
            if gate is not None:
                gate.back(self._runtime.clock.now(), unhealthy=unhealthy)

    async def _finish(self, entry: OutboxEntry, attempt: int, gate: Gate | None) -> None:
        """Send what has been started already."""
        unhealthy: bool | None = None
        try:
            if not await self._kept_back(entry):
                unhealthy = await self._complete(entry, attempt)
        finally:
            if gate is not None:
                gate.back(self._runtime.clock.now(), unhealthy=unhealthy)

    async def _complete(self, entry: OutboxEntry, attempt: int) -> bool:
        """Send a request and make its outcome durable; return whether its connection is in trouble."""
        try:
            sent = await self._send(entry, attempt)
        except Exception as error:
            # Adapters raise nothing; one that does so all the same may have sent the request before.
            LOG.exception("the connection %s met a fault with the invocation %s", entry.connection, entry.invocation)
            sent = Sent("uncertain", f"its adapter met a fault: {type(error).__name__}", unhealthy=True)
        gate = self.gates.get(entry.connection)
        if gate is not None:
            gate.note(self._runtime.clock.now(), entry.action, sent.result, sent.detail)
        await self._conclude(outcome(entry, attempt, sent, idempotent=self._idempotent(entry)), entry.part)
        return sent.unhealthy

    async def _conclude(self, outcome: Outcome, part: str) -> None:
        """What has happened outside is told until it is durable; only the end of the engine leaves it untold."""
        while True:
            try:
                await self._submit(outcome, part)
            except Stopping:
                raise
            except Exception as error:  # noqa: BLE001 - an outcome is told, whatever keeps it from being durable
                _told(error, "the outcome of %s is not durable yet: %s", outcome.invocation)
                await self._runtime.clock.until(self._runtime.clock.now() + _AFTER_A_FAULT)
            else:
                return

    async def _send(self, entry: OutboxEntry, attempt: int) -> Sent:
        release = self._release()
        connection = release.connections.get(entry.connection)
        if connection is None:
            return Sent("failed", f"the connection {entry.connection!r} is gone from the workspace")
        compiled = release.actions.get(entry.action)
        timeout = milliseconds(compiled.action.attempts.timeout) / 1000 if compiled else 15.0
        now, line = self._runtime.clock.now(), self.lines.get(entry.invocation)
        sending = Sending(entry.invocation, attempt, entry.request, timeout, now, line)
        return await self._connections.adapter(connection).send(sending)

    def _idempotent(self, entry: OutboxEntry) -> bool:
        connection = self._release().connections.get(entry.connection)
        return connection is not None and self._connections.adapter(connection).idempotent


async def _guarded(entry: OutboxEntry, work: Coroutine[Any, Any, None]) -> None:
    """Say what ends the work on an entry before it is done: what has been started is uncertain until the next start."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - nobody awaits this work, so that nothing else would ever tell of it
        _told(error, "the invocation %s was not carried further: %s", entry.invocation)


def _told(error: Exception, message: str, invocation: str) -> None:
    """Log what kept an invocation from going on; what nobody expects is logged with where it came from."""
    unexpected = None if isinstance(error, StorageError | Overloaded | Stopping) else error
    LOG.log(logging.ERROR if unexpected else logging.WARNING, message, invocation, error, exc_info=unexpected)


def _started(answer: Answer) -> bool:
    return answer.entry is not None and any(isinstance(fact, InvocationStarted) for fact in answer.entry.facts)


def outcome(entry: OutboxEntry, attempt: int, sent: Sent, *, idempotent: bool) -> Outcome:
    """Return the command that tells what came of an attempt; a receiver that knows the key may be asked again when uncertain."""
    unsure = sent.result == "uncertain" and idempotent
    return Outcome(
        id=f"outcome:{entry.invocation}:{attempt}",
        invocation=entry.invocation,
        attempt=attempt,
        result="retry" if unsure else sent.result,
        detail=sent.detail,
        output=sent.output,
        retry_after=sent.retry_after or 0,
        unsure=unsure,
    )


async def recover(runtime: Runtime, connections: Connections, release: Release, submit: Submit) -> int:
    """Settle what was being sent when the process ended; return how many requests that were.

    Nobody knows whether they arrived: with a receiver that knows the idempotency key they are sent again, with any other
    they become uncertain and wait for a person.
    """
    count, after = 0, None
    while True:
        entries = await runtime.outbox.page(("sending",), after, _PAGE)
        for entry in entries:
            connection = release.connections.get(entry.connection)
            known = connection is not None and connections.adapter(connection).idempotent
            sent = Sent("uncertain", "the process ended while the request was on its way")
            answer = await submit(outcome(entry, entry.attempt, sent, idempotent=known), entry.part)
            # What a journey or a person has taken on has had this outcome already, and is not on its way.
            count += not answer.duplicate
        if len(entries) < _PAGE:
            return count
        after = entries[-1].invocation
