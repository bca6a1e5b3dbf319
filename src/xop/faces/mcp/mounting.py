"""Mounting: the endpoints of this face, for one server with the others."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from xop.faces.http.mount import Ground, Mount
from xop.faces.mcp.desk import Desk
from xop.faces.mcp.face import PATH, McpFace
from xop.faces.mcp.profile import StepUp
from xop.faces.mcp.seal import Seal
from xop.faces.mcp.step_up import PATH as STEP_UP_PATH
from xop.faces.mcp.step_up import StepUpPage


def mcp(key: bytes, agent: str = "", step_up: StepUp | None = None) -> Mount:
    """Return the mount of this face, which seals by a key of at least 32 bytes.

    `agent` is who asks without signing in, for development on one machine; nobody when empty. `step_up` is how customers
    confirm who they are where the workspace does not say.
    """

    def mount(ground: Ground) -> Mapping[str, ASGIApp]:
        desk = Desk(ground, Seal(key), step_up)
        return {PATH: McpFace(desk, agent), STEP_UP_PATH: StepUpPage(desk)}

    return mount
