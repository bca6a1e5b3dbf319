"""The writer: takes waiting commands in groups, steps each in order, and makes the group durable at once.

What queues up while one group is being made durable is the next group. While several callers are about, the loop gets a
few turns before it is taken, so that what has arrived already shares its commit; nothing waits for what has not.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from xop.engine.connections import Connections
from xop.engine.customers import Customers
from xop.engine.draft_batch import DraftBatch
from xop.engine.latency import Latency
from xop.engine.stepper import Stepper
from xop.engine.ticket import Answer, Overloaded, Stopping, Ticket
from xop.kernel.commands import Merge, Signal
from xop.kernel.context.customer import new_customer
from xop.kernel.halts.model import PLATFORM
from xop.kernel.release import Release
from xop.ports.errors import DamagedError, DuplicateCommand, StorageError
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.writer")

GROUP = 256
"""Most commands in one group."""

_TURNS = 4
"""Turns of the loop that a group waits at least: answers leave, sockets are read, and requests become commands."""

_MOST_TURNS = 8
"""Turns of the loop that a group waits at most, while every turn brings more."""

WAITING = 20_000
"""Most commands that may wait."""

Committed = Callable[[DraftBatch, Sequence[Answer]], None]


class Writer:
    """The only one who changes customers."""

    def __init__(self, runtime: Runtime, connections: Connections, release: Release) -> None:
        self.release = release
        self.latency: Latency | None = None
        """Told how long the commands of each group took."""
        self.customers = Customers(runtime)
        self.committed: list[Committed] = []
        """Told of every durable group, in order."""
        self.watched = False
        """Whether a release in shadow wants to know from which state each decision was made."""
        self._runtime = runtime
        self._connections = connections
        self._queues: tuple[deque[Ticket], deque[Ticket]] = (deque(), deque())
        """Commands for whose answer somebody waits, and the engine's own; each queue has every second group."""
        self._crowded = False
        """Whether several commands for whose answer somebody waits were there together of late: a caller alone never waits."""
        self.alone = asyncio.Lock()
        """Held while customers are changed; whoever else must not meet a half-made change holds it meanwhile."""
        self._news = asyncio.Event()
        """Set while there is something to do: a command that waits, or the end."""
        self._task: asyncio.Task[None] | None = None
        self._open = False

    @property
    def running(self) -> bool:
        """Whether commands are taken."""
        return self._open

    @property
    def waiting(self) -> int:
        """How many commands wait."""
        return sum(len(queue) for queue in self._queues)

    def start(self) -> None:
        """Begin to take commands."""
        self._open = True
        self._task = asyncio.create_task(self._run(), name="xop-writer")

    async def stop(self) -> None:
        """Take no more commands, finish those that wait, and end."""
        self._open = False
        self._news.set()
        if self._task is not None:
            await self._task

    def submit(self, ticket: Ticket) -> asyncio.Future[Answer]:
        """Queue a command; raises `Overloaded` or `Stopping` when it cannot be taken."""
        if not self._open:
            raise Stopping
        if self.waiting >= WAITING:
            raise Overloaded
        self._queues[ticket.patient].append(ticket)
        self._news.set()
        return ticket.future

    async def _run(self) -> None:
        while self._open or self.waiting:
            if not self.waiting:
                self._news.clear()
                await self._news.wait()
            if self._crowded:
                await self._settle()
            for queue in self._queues:
                if queue:
                    group = [queue.popleft() for _ in range(min(GROUP, len(queue)))]
                    await self._take(group)
                    if queue is self._queues[0]:
                        self._crowded = len(group) + len(queue) > 1
                    # Requests that arrived meanwhile get their turn before the next group is formed.
                    await asyncio.sleep(0)

    async def _settle(self) -> None:
        """Let what the loop has at hand come in, until a turn brings nothing or a group is full."""
        for turn in range(1, _MOST_TURNS + 1):
            before = self.waiting
            await asyncio.sleep(0)
            if before >= GROUP or (turn >= _TURNS and self.waiting == before):
                return

    async def _take(self, group: list[Ticket]) -> None:
        """A fault of the store or of one step ends in an error for the group, never in a lost or half-made change."""
        try:
            async with self.alone:
                answers, draft = await self._step(group)
        except DuplicateCommand:
            self.customers.clear()
            await self._one_by_one(group)
            return
        except Exception as error:
            LOG.exception("a group of %d commands was not taken", len(group))
            self.customers.clear()
            if len(group) > 1 and (isinstance(error, DamagedError) or not isinstance(error, StorageError)):
                await self._one_by_one(group)
            else:
                self._fail(group, error)
            return
        for ticket, answer in zip(group, answers, strict=True):
            if not ticket.future.done():
                ticket.future.set_result(answer)
        if self.latency is not None:
            self.latency.note(group, asyncio.get_running_loop().time())
        for tell in self.committed:
            try:
                tell(draft, answers)
            except Exception:
                # The group is durable and answered: whoever fails to follow it must not end the writer.
                LOG.exception("a durable group of %d commands was not followed up", len(group))

    async def _one_by_one(self, group: list[Ticket]) -> None:
        """A command that got past the filter twice, or whose customer is damaged, does not spoil those beside it."""
        if len(group) == 1:
            self._fail(group, StorageError("the command is in the ledger already and cannot be answered"))
            return
        for ticket in group:
            await self._take([ticket])

    @staticmethod
    def _fail(group: list[Ticket], error: Exception) -> None:
        for ticket in group:
            if not ticket.future.done():
                ticket.future.set_exception(error if isinstance(error, StorageError) else StorageError(str(error)))

    async def _step(self, group: list[Ticket]) -> tuple[list[Answer], DraftBatch]:
        known = await self._runtime.ledger.answered([ticket.command.id for ticket in group])
        fresh = [ticket for ticket in group if ticket.command.id not in known]
        await self._fetch(fresh)
        draft = DraftBatch(watched=self.watched)
        for part in self.customers.leaving():
            draft.snapshot(part)
        identifiers = (ticket.command.identifiers for ticket in fresh if isinstance(ticket.command, Signal))
        suppressed = await self._runtime.suppressions.among(each for some in identifiers for each in some)
        stepper = Stepper(self.release, self.customers, self._connections, self._runtime, draft, suppressed)
        answers: list[Answer] = []
        for ticket in group:
            stored = known.get(ticket.command.id)
            if stored is not None:
                entry = stored.entry
                answer = Answer(ticket.command.id, entry.customer, stored.position, entry, duplicate=True)
                if ticket.timer is not None:
                    draft.forget_timer(ticket.timer)
            else:
                answer = stepper.take(ticket)
            answers.append(answer)
        if draft.empty:
            return answers, draft
        positions = await self._runtime.ledger.commit(draft.finish())
        return [stepper.placed(answer, positions) for answer in answers], draft

    async def _fetch(self, tickets: list[Ticket]) -> None:
        """Bring everything into memory that the steps will look at."""
        identifiers = [
            each for ticket in tickets if isinstance(ticket.command, Signal) for each in ticket.command.identifiers
        ]
        identifiers += [ticket.identifier for ticket in tickets if ticket.identifier is not None]
        parts = [ticket.part for ticket in tickets if ticket.part is not None]
        parts += [ticket.command.other for ticket in tickets if isinstance(ticket.command, Merge)]
        await self.customers.find(identifiers, [*parts, PLATFORM])
        if self.customers.customer_of(PLATFORM) is None:
            # Nothing was ever halted; known to be so, it need not be looked up for every group.
            self.customers.keep(new_customer(PLATFORM))
        signals = (ticket.command.identifiers for ticket in tickets if isinstance(ticket.command, Signal))
        await self.customers.fetch_apart(each for each in signals if len(each) > 1)
