"""Legal holds by incidents: what a serious incident concerns is kept until the incident is closed."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from xop.engine.legal_holds import INCIDENT
from xop.engine.ticket import Answer, Overloaded, Stopping
from xop.engine.watch import Watch
from xop.kernel.base.actor import SYSTEM
from xop.kernel.commands import Command
from xop.kernel.context.customer import Customer
from xop.kernel.entry import Entry
from xop.kernel.erasure.commands import ImposeLegalHold, LiftLegalHold
from xop.kernel.halts.model import PLATFORM
from xop.kernel.oversight.calendar import REPORT_WITHIN
from xop.kernel.oversight.incident import (
    Incident,
    IncidentClassified,
    IncidentClosed,
    IncidentOpened,
    hold_name,
)
from xop.ports.errors import StorageError
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.incidents")

_AFTER_A_FAULT = 1000
"""Milliseconds until what could not be made durable is tried again."""

_MOVES = (IncidentOpened, IncidentClassified, IncidentClosed)

Submit = Callable[[Command, str], Awaitable[Answer]]
"""Submits a command about a part; returns when it is durable."""

Load = Callable[[str], Awaitable[Customer | None]]
"""Returns a customer as of the last durable group."""


class IncidentHolds:
    """Sees to it that the customers of serious incidents are kept, also when a process ended between the two.

    An incident says by itself whom it concerns, so that nothing more has to be remembered: when the engine starts, every
    incident is looked at again, and a command that the ledger has already changes nothing.
    """

    def __init__(self, runtime: Runtime, load: Load, submit: Submit) -> None:
        self._runtime = runtime
        self._load = load
        self._submit = submit
        self._left: dict[str, None] = {}
        """The incidents to look at, in order."""
        self._all = True
        """Whether nobody has looked at the incidents of before the start."""
        self._watch = Watch("incident-holds", runtime.clock, self._look)

    def start(self) -> None:
        """Begin with the incidents there are."""
        self._watch.start()

    async def stop(self) -> None:
        """Look no more; what is left is seen to at the next start."""
        await self._watch.stop()

    def follow(self, entry: Entry) -> None:
        """Note an incident that was opened, classified or closed."""
        if entry.origin == PLATFORM:
            named = [_incident_of(fact) for fact in entry.facts if isinstance(fact, _MOVES)]
            if named:
                self._left.update(dict.fromkeys(named))
                self._watch.wake()

    async def _look(self) -> int | None:
        try:
            if self._all:
                self._left = dict.fromkeys(await self._incidents()) | self._left
                self._all = False
            while self._left:
                await self._see_to_next()
        except (StorageError, Overloaded, Stopping) as error:
            LOG.warning("a legal hold of an incident is not durable yet and is tried again: %s", error)
            return self._runtime.clock.now() + _AFTER_A_FAULT
        return None

    async def _see_to_next(self) -> None:
        name = next(iter(self._left))
        # What happens to it meanwhile has it looked at once more.
        del self._left[name]
        try:
            incident = (await self._incidents()).get(name)
            if incident is not None:
                await self._see_to(incident)
        except BaseException:
            self._left[name] = None
            raise

    async def _incidents(self) -> Mapping[str, Incident]:
        platform = await self._load(PLATFORM)
        return platform.parts[0].incidents if platform is not None else {}

    async def _see_to(self, incident: Incident) -> None:
        """Impose or lift the legal holds of one incident, as it stands."""
        if not incident.closed_at and not REPORT_WITHIN[incident.category]:
            return
        hold = hold_name(incident.id)
        for part in await self._concerned(incident):
            if not incident.closed_at:
                command: Command = ImposeLegalHold(f"impose:{hold}:{part}", SYSTEM, hold, INCIDENT)
            elif await self._holds(part, hold):
                command = LiftLegalHold(f"lift:{hold}:{part}", SYSTEM, hold, "the incident is closed")
            else:
                continue
            answer = await self._submit(command, part)
            if answer.refusal is not None:
                LOG.warning("the incident %s keeps nothing of a customer: %s", incident.id, answer.refusal.cause)

    async def _concerned(self, incident: Incident) -> list[str]:
        """Return the parts that its decisions and its invocation are about; nobody who was erased."""
        found: dict[str, None] = {}
        for decision in incident.keeps:
            stored = await self._runtime.ledger.decided(decision)
            if stored is not None:
                found[stored.entry.origin] = None
        if incident.invocation:
            request = await self._runtime.outbox.get(incident.invocation)
            if request is not None:
                found[request.part] = None
        return [part for part in found if part != PLATFORM]

    async def _holds(self, part: str, hold: str) -> bool:
        customer = await self._load(part)
        return customer is not None and hold in customer.part(part).legal_holds


def _incident_of(fact: IncidentOpened | IncidentClassified | IncidentClosed) -> str:
    return fact.incident.id if isinstance(fact, IncidentOpened) else fact.incident
