"""Mounting: the endpoints of this face, for one server with the others."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from xop.faces.http.mount import Ground
from xop.faces.mcp.desk import Desk
from xop.faces.mcp.face import PATH, McpFace
from xop.faces.mcp.seal import Seal
from xop.faces.mcp.step_up import PATH as STEP_UP_PATH
from xop.faces.mcp.step_up import StepUpPage
from xop.kernel.decisions.model import Decision


class McpMount:
    """The mount of this face, which seals by a key of at least 32 bytes.

    `agent` is who asks without signing in, for development on one machine; nobody when empty.
    """

    def __init__(self, key: bytes, agent: str = "") -> None:
        self._seal = Seal(key)
        self._agent = agent
        self._desk: Desk | None = None

    def __call__(self, ground: Ground) -> Mapping[str, ASGIApp]:
        """Return the endpoints by path."""
        desk = self._desk = Desk(ground, self._seal)
        return {PATH: McpFace(desk, self._agent), STEP_UP_PATH: StepUpPage(desk)}

    async def step_up_link(self, decision: Decision, part: str, conversation: str | None, base: str) -> str:
        """Return where a customer confirms who they are, for other faces; empty when there is no such way.

        `base` is the address of the server where the workspace names none. Raises StorageError.
        """
        if self._desk is None:
            return ""
        await self._desk.follow()
        return self._desk.step_up_link(decision, part, conversation, base)
