"""The desk: what every request of an agent is answered from."""

from xop.assembly import Platform
from xop.engine.engine import Engine
from xop.faces.http.mount import Ground
from xop.faces.mcp.catalogue import Catalogue
from xop.faces.mcp.profile import read_profile
from xop.faces.mcp.seal import LIFETIME, Seal, State
from xop.kernel.base.ids import time_ordered
from xop.kernel.decisions.model import Decision
from xop.kernel.release import Release
from xop.workspace.settings import StepUpSettings


class Desk:
    """The platform, the lists it shows to each agent, and the seal for what agents carry for it."""

    def __init__(self, ground: Ground, seal: Seal) -> None:
        self.ground = ground
        self.seal = seal
        self.catalogue = Catalogue()
        self.step_up: StepUpSettings | None = None
        """How customers confirm who they are, as of the last release followed."""
        self.address = ""
        """The address under which the server is known outside; empty when the workspace names none."""
        self._followed: Release | None = None

    @property
    def platform(self) -> Platform:
        """The platform that is asked."""
        return self.ground.platform

    @property
    def engine(self) -> Engine:
        """What carries out and knows."""
        return self.ground.platform.engine

    @property
    def release(self) -> Release:
        """The release that rules now."""
        return self.ground.platform.engine.release

    @property
    def now(self) -> int:
        """The present moment in milliseconds since the epoch."""
        return self.ground.platform.runtime.clock.now()

    def fresh(self, prefix: str) -> str:
        """Return a new id that nobody can guess."""
        return time_ordered(prefix, self.now, self.ground.platform.runtime.entropy.draw(16))

    async def follow(self) -> None:
        """Take over what a newly published release says; raises StorageError."""
        release = self.release
        if release is not self._followed:
            self.step_up = (await read_profile(self.platform)).step_up
            self.address = (await self.ground.sign_in.address(release)).rstrip("/")
            self._followed = release

    def step_up_link(self, decision: Decision, part: str, conversation: str | None, base: str) -> str:
        """Return where a customer confirms who they are, so that a decision is reconsidered; empty where there is no way.

        Without a conversation there is none: what is confirmed would hold for every conversation of the customer.
        """
        base = self.address or base
        if decision.until != "verification" or self.step_up is None or not part or not conversation or not base:
            return ""
        content = {"invocation": decision.invocation, "part": part, "conversation": conversation}
        until = self.now + LIFETIME
        state = State("step_up", self.fresh("step"), until, str(decision.actor), "", content)
        return f"{base}/step-up/{self.seal.close(state)}"
