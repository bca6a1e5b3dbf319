"""The line of a session: what an upstream says and asks while an older client waits, both ways."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import methods
from pydantic import BaseModel, ValidationError

from xop.faces.mcp.line import LEVELS, audible

LOG = logging.getLogger("xop.mcp")

_ANSWERS: Mapping[str, type[BaseModel]] = {
    "elicitation/create": types.ElicitResult,
    "sampling/createMessage": types.CreateMessageResult,
    "roots/list": types.ListRootsResult,
}
_NEEDED = {"elicitation/create": "elicitation", "sampling/createMessage": "sampling", "roots/list": "roots"}
_MOST = 1000
_PATIENCE = 300.0
"""Seconds for which a person may think about a question."""


class LegacyLine:
    """The line of one request in a session: it hears, and can be asked what its client declared to answer."""

    def __init__(self, context: ServerRequestContext[Any, Any], level: int) -> None:
        self.along: dict[str, Any] = {}
        self.given: dict[str, Any] | None = None
        declared = context.session.client_capabilities
        self.capabilities: dict[str, Any] = (
            declared.model_dump(by_alias=True, exclude_none=True) if declared is not None else {}
        )
        self._context = context
        self._level = level
        meta = (context.params or {}).get("_meta")
        self._token = meta.get("progressToken") if isinstance(meta, Mapping) else None
        if self._token is not None:
            self.along["progressToken"] = self._token
        self.along["logLevel"] = LEVELS[level]
        self._told: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue(_MOST)
        self._pump: asyncio.Task[None] | None = None

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Pass on progress under the client's own token, and log messages from the session's level on."""
        heard = audible(method, params, self._token, self._level)
        if heard is None or self._told.full():
            return
        self._told.put_nowait((method, heard))
        if self._pump is None:
            self._pump = asyncio.create_task(self._send_told())

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the client's answer to a question, or None when it cannot or will not answer."""
        answer = _ANSWERS.get(method)
        if answer is None or _NEEDED[method] not in self.capabilities:
            return None
        try:
            request: Any = methods.parse_server_request(method, self._context.protocol_version, _asked(params))
            result = await self._context.session.send_request(
                request, answer, _PATIENCE, ServerMessageMetadata(related_request_id=self._context.request_id)
            )
        except (MCPError, NoBackChannelError, ValidationError, KeyError, TimeoutError) as error:
            LOG.info("%s was not answered: %s", method, type(error).__name__)
            return None
        return result.model_dump(by_alias=True, mode="json", exclude_none=True)

    def give(self, result: Mapping[str, Any]) -> None:
        """Keep the other side's whole answer."""
        self.given = dict(result)

    async def finish(self) -> None:
        """Return once everything told has left: the answer comes after it."""
        if self._pump is not None:
            await self._told.put(None)
            await self._pump

    async def _send_told(self) -> None:
        while (told := await self._told.get()) is not None:
            method, params = told
            try:
                note: Any = methods.parse_server_notification(method, self._context.protocol_version, params)
                await self._context.session.send_notification(note, related_request_id=self._context.request_id)
            except (ValidationError, KeyError) as error:
                LOG.info("%s was not passed on: %s", method, type(error).__name__)


def _asked(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the other side writes into `_meta` speaks of its own connection."""
    return {name: value for name, value in params.items() if name != "_meta"}
