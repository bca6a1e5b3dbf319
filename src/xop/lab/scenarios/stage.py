"""The stage of one scenario: the production engine on the simulated runtime, and whom the scenario speaks of."""

from typing import Self

from xop.assembly import KINDS, MODELS
from xop.engine.engine import Engine
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Command
from xop.kernel.context.customer import Customer
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.lab.scenarios.outside import Outside, OutsideKind
from xop.lab.scenarios.record import Record
from xop.ports.adapter import AdapterKind
from xop.runtimes.simulated import SimulatedRuntime
from xop.workspace.scenarios.times import told


class Stage:
    """One engine in virtual time."""

    def __init__(self, release: Release, start: int, seed: int) -> None:
        """Begin at `start`, in milliseconds since the epoch."""
        self.release = release
        self.runtime = SimulatedRuntime(start, seed)
        self.record = Record(self.runtime.ledger)
        self.outside = Outside(self.record.read)
        outside = OutsideKind(self.outside)
        kinds: dict[str, AdapterKind] = {each.adapter: outside for each in release.connections.values()}
        # What a journey carries out stays within the platform, and so does its scenario.
        kinds["journey"] = KINDS["journey"]
        self.engine = Engine(self.runtime, release, kinds, lambda _name: "scenario", MODELS)
        self.cast: dict[str, tuple[Identifier, ...]] = {}
        """The customers' identifiers by the scenario's own names, the one of the highest priority first."""
        self._left_before = 0
        self._count = 0
        self._begun = False

    async def __aenter__(self) -> Self:
        await self.engine.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.stop()
        await self.runtime.close()

    @property
    def now(self) -> int:
        """The virtual moment."""
        return self.runtime.clock.now()

    def number(self) -> int:
        """Return a number that no command has had."""
        self._count += 1
        return self._count

    def mark(self) -> None:
        """Let expectations look only at what comes from now on."""
        self.record.mark()
        self._left_before = len(self.outside.attempts)

    @property
    def attempts_before(self) -> int:
        """How many requests had left when the mark was set."""
        return self._left_before

    async def submit(self, command: Command, target: str | Identifier | None = None) -> Refusal | None:
        """Submit a command and let everything follow that follows at once; return why it was not taken."""
        answer = await self.engine.submit(command, target)
        await self.pass_to(self.now)
        return answer.refusal

    async def tick(self) -> None:
        """Let a millisecond pass, except before the first act: no two things happen at the same moment."""
        if self._begun:
            await self.pass_to(self.now + 1)
        self._begun = True

    async def pass_to(self, moment: int) -> None:
        """Let time pass up to a moment, and take in what happened."""
        await self.runtime.clock.advance_to(moment)
        await self.record.read()

    def named(self, name: str | None) -> str | None:
        """Return the name of the customer meant: the only one there is when none is named."""
        return next(iter(self.cast)) if name is None and len(self.cast) == 1 else name

    async def customer(self, name: str | None) -> Customer | None:
        """Return a customer by the scenario's own name, or the only one there is."""
        meant = self.named(name)
        return await self.engine.customer(self.cast[meant][0]) if meant is not None else None

    async def parts(self, name: str | None) -> frozenset[str] | None:
        """Return the parts of a customer who is named; None when none is, which stands for anybody."""
        customer = await self.customer(name) if name is not None else None
        return frozenset(part.id for part in customer.parts) if customer is not None else None

    async def zone(self, target: str | Identifier | None) -> str:
        """Return the time zone of a customer, or the workspace's where nothing is known of theirs."""
        customer = await self.engine.customer(target) if target is not None else None
        known = customer.view.profile.get(self.release.zone_field) if customer is not None else None
        return known.value if known is not None and isinstance(known.value, str) else self.release.zone

    async def told(self, at: int, part: str | None = None) -> str:
        """Return a moment as the clock of a part's customer shows it."""
        return told(at, await self.zone(part))
