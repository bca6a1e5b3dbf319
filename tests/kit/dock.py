"""A dock: a platform in virtual time whose customers are in a journey while it is published anew."""

from collections.abc import Mapping
from typing import Any, Self

from tests.kit.ferries import JOINING, files_with, notice
from tests.kit.harbour import HOUR, NOON, OLGA, signal
from xop.assembly import KINDS, Platform, compiled, keep
from xop.engine.publication import JourneyChoice
from xop.kernel.actions.invocation import Invocation
from xop.kernel.commands import Approval, Merge, Unmerge
from xop.kernel.facts import Fact
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.kernel.steps.approval import present_binding
from xop.ports.runs import Selection, Standing
from xop.runtimes.simulated import SimulatedRuntime

Files = Mapping[str, bytes]

OLD = {"rest": {"wait": {"for": "2d"}}, "welcome": notice("old"), "pause": {"wait": {"for": "5d"}}}
NEW = {"rest": {"wait": {"for": "3d"}}, "hello": notice("new"), "late": {"wait": {"for": "4d"}}}


def ferry(steps: Mapping[str, Any], **more: Any) -> dict[str, bytes]:
    """Return a workspace with the journey `ferry`, which whoever looks at the page `/join` enters."""
    return files_with({"ferry": {"entries": JOINING, "steps": steps, **more}})


def described(files: Files, description: bytes) -> dict[str, bytes]:
    """Return a workspace that differs in its description alone."""
    return {**files, "workspace.toml": files["workspace.toml"].replace(b"A small", description)}


class Dock:
    """A platform whose customers are known by number."""

    def __init__(self, files: Files | None = None) -> None:
        self.runtime = SimulatedRuntime(NOON, 7)
        self.releases: dict[str, Release] = {}
        self._files = ferry(OLD) if files is None else files

    async def __aenter__(self) -> Self:
        await self._start(self._files)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        differences = [each async for each in self.platform.replayer().run() if each is not None]
        await self.platform.stop()
        if kind is None:
            assert differences == []

    async def _start(self, files: Files) -> None:
        release = compiled(files)
        await keep(self.runtime, release, files, "test")
        self.platform = Platform(self.runtime, release, KINDS, lambda _name: "secret")
        await self.platform.start()

    async def approve(self, invocation: Invocation) -> None:
        """Have a supervisor approve a held invocation as it now stands, under the release that rules."""
        part, engine = await self.part(0), self.platform.engine
        customer = await engine.customer(part)
        assert customer is not None
        bound = present_binding(engine.release, customer, invocation, part, self.runtime.clock.now())
        await engine.submit(Approval("approval:1", OLGA, invocation.id, approved=True, binding=bound), part)

    async def restart(self, files: Files) -> None:
        """Begin again with a workspace alone, which keeps nothing of the journeys before it."""
        await self.platform.engine.stop()
        await self._start(files)

    async def settle(self, milliseconds: int = 0) -> None:
        """Let what is under way finish, and time pass."""
        await self.runtime.clock.advance(milliseconds)

    async def view(self, number: int, path: str) -> None:
        """Have a customer look at a page."""
        now = self.runtime.clock.now()
        told = signal(f"{number}|{path}|{now}", "page.viewed", f"email:c{number}@harbour.test", time=now, path=path)
        await self.platform.engine.submit(told)

    async def enter(self, count: int, first: int = 0) -> None:
        """Have so many customers enter the journey."""
        for number in range(first, first + count):
            await self.view(number, "/join")
        await self.settle()

    async def part(self, number: int) -> str:
        """Return the part of a customer."""
        part = await self.platform.engine.part(Identifier("email", f"c{number}@harbour.test"))
        assert part is not None
        return part

    async def merge(self, number: int, other: int) -> None:
        """Have two customers be one."""
        await self.platform.engine.submit(Merge("merge:1", OLGA, await self.part(other)), await self.part(number))

    async def unmerge(self, number: int, other: int) -> None:
        """Have them be two again."""
        await self.platform.engine.submit(Unmerge("unmerge:1", OLGA, await self.part(other)), await self.part(number))

    async def segments(self, number: int) -> list[str]:
        """Return the segments that a customer is in."""
        customer = await self.platform.engine.customer(Identifier("email", f"c{number}@harbour.test"))
        assert customer is not None
        return sorted(customer.view.segments)

    async def places(self) -> list[Standing]:
        """Return where every token stands."""
        return list(await self.runtime.runs.page(Selection(), None, 1000))

    async def standing(self) -> dict[tuple[str, str, bool], int]:
        """Return how many tokens stand at each step of the version before the last publication and of the one after."""
        versions = {
            each.version: name for name, release in self.releases.items() for each in release.routes.journeys.values()
        }
        return {
            (versions[each.version], each.step, each.aside): each.tokens for each in await self.runtime.runs.counts()
        }

    async def put(self, files: Files, journey: str = "ferry", **choice: Any) -> None:
        """Publish a workspace with a choice for the runs of a journey, and let an hour pass."""
        before = self.platform.engine.release
        await self.platform.publish(files, "test", {journey: JourneyChoice(**choice)} if choice else {})
        self.releases = {"old": before, "new": self.platform.engine.release}
        await self.settle(HOUR)

    async def publish(self, journey: Mapping[str, Any], **choice: Any) -> None:
        """Publish the journey with other steps."""
        await self.put(ferry(journey), **choice)

    async def undo(self) -> None:
        """Undo the last publication, and let an hour pass."""
        await self.platform.undo("test")
        await self.settle(HOUR)

    async def facts(self, *kinds: type[Fact]) -> list[Any]:
        """Return every fact of some types, in order."""
        stored = await self.runtime.ledger.page(0, 100_000)
        return [fact for each in stored for fact in each.entry.facts if isinstance(fact, kinds)]
