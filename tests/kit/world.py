"""A world: the production engine on the simulated runtime, with time that moves when told."""

from typing import Any, Self

from tests.kit.harbour import NOON, release, release_with
from xop.assembly import KINDS
from xop.engine.customers import Customers
from xop.engine.engine import Engine, Target
from xop.engine.replay import Replayer
from xop.kernel.audit.schema import check_leaf
from xop.kernel.commands import Command
from xop.kernel.context.customer import Customer
from xop.kernel.facts import Fact
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.ports.ledger import Stored
from xop.ports.outbox import OutboxEntry
from xop.runtimes.simulated import SimulatedRuntime


class World:
    """One engine in virtual time."""

    def __init__(
        self,
        start: int = NOON,
        seed: int = 7,
        connection: dict[str, Any] | None = None,
        runtime: SimulatedRuntime | None = None,
        rules: Release | None = None,
    ) -> None:
        self.runtime = runtime or SimulatedRuntime(start, seed)
        if rules is None:
            rules = release() if connection is None else release_with(**connection)
        self._published = {rules.digest: rules}
        self.engine = Engine(self.runtime, rules, KINDS, lambda _name: "secret")

    async def __aenter__(self) -> Self:
        await self.engine.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self.engine.stop()
        if kind is None:
            await self._comes_out_the_same()
            await self._told_the_log_what_it_may_hold()

    async def _comes_out_the_same(self) -> None:
        """Whatever a test did: every step taken again gives the same bytes, and refolding gives the same customers."""
        known = {**self._published, self.engine.release.digest: self.engine.release}

        async def releases(digest: str) -> Release | None:
            return known.get(digest)

        async for difference in Replayer(self.runtime.ledger, releases).run():
            assert difference is None
        heads = sorted({stored.entry.origin for stored in await self.entries()})
        before = [await self.engine.customer(head) for head in heads]
        fresh = Customers(self.runtime)
        await fresh.load(heads)
        assert [fresh.customer_of(head) for head in heads] == before

    async def _told_the_log_what_it_may_hold(self) -> None:
        """Whatever a test did: every leaf fits the closed schema."""
        for leaf in await self.runtime.leaves.page(0, 100_000):
            check_leaf(leaf)

    @property
    def now(self) -> int:
        """The virtual moment."""
        return self.runtime.clock.now()

    def publish(self, release: Release) -> None:
        """Let another release rule from now on."""
        self._published[release.digest] = release
        self.engine.adopt(release)

    async def tell(self, command: Command, target: Target | None = None) -> Any:
        """Submit a command and return its `Answer`; what a test does not expect to be missing need not be asked for."""
        return await self.engine.submit(command, target)

    async def ask(self, command: Command, who: str) -> Any:
        """Submit a command about whoever `namespace:value` names."""
        return await self.engine.submit(command, Identifier.parse(who))

    async def settle(self, milliseconds: int = 0) -> None:
        """Let what is under way finish, and time pass."""
        await self.runtime.clock.advance(milliseconds)

    async def customer(self, who: str) -> Customer:
        """Return a customer by `namespace:value`."""
        customer = await self.engine.customer(Identifier.parse(who) or who)
        assert customer is not None, f"nobody is known by {who}"
        return customer

    async def found(self, who: str) -> Customer | None:
        """Return a customer by `namespace:value`, or None when nobody is known by it."""
        return await self.engine.customer(Identifier.parse(who) or who)

    async def part(self, who: str) -> str:
        """Return the part that `namespace:value` leads to."""
        part = await self.engine.part(Identifier.parse(who) or who)
        assert part is not None, f"nobody is known by {who}"
        return part

    async def request(self, invocation: str) -> OutboxEntry:
        """Return the outbox entry of an invocation."""
        entry = await self.runtime.outbox.get(invocation)
        assert entry is not None
        return entry

    async def entries(self) -> list[Stored]:
        """Return the whole ledger."""
        return await self.runtime.ledger.page(0, 100_000)

    async def facts(self, *kinds: type[Fact]) -> list[Any]:
        """Return every fact of some types, in order."""
        return [fact for stored in await self.entries() for fact in stored.entry.facts if isinstance(fact, kinds)]
