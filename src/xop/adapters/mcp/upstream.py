"""One MCP server: found out which revision it speaks, and called in that."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

from xop.adapters.mcp.authorization import client_credentials
from xop.adapters.mcp.call import Call, Caller
from xop.adapters.mcp.credentials import Credentials, Standing
from xop.adapters.mcp.exchange import Exchange
from xop.adapters.mcp.failures import UnsentError, UnsureError
from xop.adapters.mcp.message import Answer
from xop.adapters.mcp.sessions import Sessions
from xop.adapters.mcp.settings import MODERN, ClientCredentials, Settings
from xop.adapters.mcp.stateless import Mirrors, Stateless
from xop.adapters.mcp.ways import by_http, by_streams
from xop.ports.adapter import Secrets
from xop.ports.secret import resolve

_UNSUPPORTED = -32022

_SPARE = 2
"""Connections beyond those of calls and of what each session listens to: one that listens, one that lists."""


class Upstream:
    """Calls one server; `changed` hears the method of every notification that something has changed."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        concurrency: int,
        changed: Callable[[str], None] = lambda _method: None,
        resolver: Any = None,
    ) -> None:
        self.stateless: Stateless | None = None
        """The caller of the current revision, once it is known that the server speaks it."""
        self.mirrors: Mirrors = {}
        self._settings = settings
        self._secrets = secrets
        self._concurrency = concurrency
        self._changed = changed
        self._resolver = resolver
        self._exchange: Exchange | None = None
        self._credentials: Credentials | None = None
        self._caller: Caller | None = None
        self._finding = asyncio.Lock()
        self._closed = False

    def authorize(self, make: Callable[[Exchange], Credentials]) -> None:
        """Use other credentials than the settings name; before the first call."""
        self._credentials = make(self._opened())

    async def call(self, call: Call) -> Answer:
        """Return what the server answers; raises UnsentError, UnsureError or MissingSecretError."""
        caller = await self._at_hand()
        if caller is self.stateless and self.stateless is not None:
            self.stateless.mirrors = self.mirrors
        answer = await caller.call(call)
        if answer.code == _UNSUPPORTED:
            self._caller = self.stateless = None
        return answer

    async def capabilities(self) -> Collection[str]:
        """Return the names of what the server says it can do; raises as `call` does."""
        return await (await self._at_hand()).capabilities()

    @property
    def connections(self) -> int:
        """The connections opened to the server so far."""
        return self._exchange.opened if self._exchange is not None else 0

    async def close(self) -> None:
        """Let go of the server."""
        self._closed = True
        if self._caller is not None:
            await self._caller.close()
        if self._exchange is not None:
            await self._exchange.close()

    async def _at_hand(self) -> Caller:
        return self._caller if self._caller is not None and not self._closed else await self._found()

    def _opened(self) -> Exchange:
        if self._exchange is None:
            self._exchange = Exchange(
                self._settings, self._concurrency + self._settings.sessions + _SPARE, self._resolver
            )
        return self._exchange

    def _headers(self) -> Mapping[str, str]:
        return {name: resolve(value, self._secrets) for name, value in self._settings.headers.items()}

    async def _found(self) -> Caller:
        async with self._finding:
            if self._closed:
                raise UnsentError("the connection is closed", again=True)
            if self._caller is None:
                self._caller = await self._find()
            return self._caller

    async def _find(self) -> Caller:
        settings = self._settings
        if settings.command:
            mode = "auto" if settings.protocol == "auto" else settings.protocol
            return Sessions(by_streams(settings, self._secrets), mode, 1, self._changed)
        exchange = self._opened()
        if self._credentials is None:
            auth = settings.auth
            self._credentials = (
                client_credentials(auth, settings, self._secrets, exchange)
                if isinstance(auth, ClientCredentials)
                else Standing(auth, self._secrets)
            )
        stateless = Stateless(exchange, self._credentials, self._headers)
        if settings.protocol == MODERN or (settings.protocol == "auto" and await _speaks(stateless)):
            self.stateless = stateless
            return stateless
        way = by_http(settings, exchange, self._credentials, self._headers)
        return Sessions(way, "legacy", settings.sessions, self._changed)


async def _speaks(stateless: Stateless) -> bool:
    """Say whether a server speaks the current revision; one that does not know the question does not."""
    try:
        answer = await stateless.call(Call("server/discover"))
    except UnsentError as error:
        if error.again or error.unhealthy or error.status not in _STRANGE:
            raise
        return False
    except UnsureError as error:
        raise UnsentError(f"the server cannot be asked: {error.detail}", again=True, unhealthy=True) from error
    said: Any = answer.result
    if answer.result is None:
        data = (answer.error or {}).get("data")
        if answer.code != _UNSUPPORTED or not isinstance(data, dict):
            return False
        return MODERN in (data.get("supported") or ())
    return MODERN in (said.get("supportedVersions") or ())


_STRANGE = (400, 404, 405, 406, 415, 422)
"""Statuses by which servers of earlier revisions answer what they do not know."""
