"""Exchanges with an agent over HTTP: bounded, without redirects, to addresses that may be reached."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from xop.adapters.a2a.addresses import InternalAddressError, guarded_session, url_mistake
from xop.adapters.a2a.settings import Bearer, Key, Settings
from xop.ports.adapter import Secrets
from xop.ports.secret import resolve

VERSION = "1.0"


class ExchangeError(Exception):
    """An exchange that came to nothing; the message is fit for an operator."""

    def __init__(self, detail: str, *, left: bool, again: bool = True) -> None:
        super().__init__(detail)
        self.detail = detail
        self.left = left
        """Whether the request may have arrived."""
        self.again = again
        """Whether the same request may fare better later."""


class Got(Struct, frozen=True):
    """What an agent answered."""

    status: int
    value: Any
    """The JSON of the body; None when it is none."""
    retry_after: str | None = None


class Exchange:
    """Keeps connections to one agent."""

    def __init__(self, settings: Settings, secrets: Secrets, concurrency: int) -> None:
        self._settings = settings
        self._secrets = secrets
        self._concurrency = concurrency
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, method: str, url: str, body: Any = None, along: Mapping[str, str] | None = None) -> Got:
        """Return an answer to a request with credentials; raises ExchangeError or MissingSecretError.

        `along` are headers besides.
        """
        return await self._exchange(
            method, url, None if body is None else msgspec.json.encode(body), {**self._credentials(), **(along or {})}
        )

    async def fetch(self, url: str) -> Got:
        """Return what everybody may see at an address; raises ExchangeError."""
        return await self._exchange("GET", url, None, {})

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Got:
        mistake = url_mistake(url, loopback=self._settings.internal)
        if mistake:
            raise ExchangeError(mistake, left=False, again=False)
        told = {"accept": "application/a2a+json, application/json", "a2a-version": VERSION, **headers}
        if body is not None:
            told["content-type"] = "application/json"
        trip = SimpleNamespace(left=False)
        try:
            async with self._opened().request(
                method, url, data=body, headers=told, allow_redirects=False, trace_request_ctx=trip
            ) as answer:
                if 300 <= answer.status < 400:  # noqa: PLR2004 - the range of redirects
                    raise ExchangeError("the agent redirects, and redirects are not followed", left=False, again=False)
                return await self._read(answer)
        except InternalAddressError as error:
            raise ExchangeError(str(error), left=False, again=False) from error
        except aiohttp.ClientConnectorError as error:
            internal = isinstance(error.os_error, InternalAddressError)
            detail = str(error.os_error) if internal else "the agent cannot be reached"
            raise ExchangeError(detail, left=False, again=not internal) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            detail = f"the exchange broke off: {type(error).__name__}"
            raise ExchangeError(detail, left=trip.left) from error

    async def _read(self, answer: aiohttp.ClientResponse) -> Got:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise ExchangeError("the answer is compressed, so that its size is unknown", left=True, again=False)
        content = bytearray()
        async for chunk in answer.content.iter_chunked(65_536):
            content += chunk
            if len(content) > self._settings.largest_result:
                limit = self._settings.largest_result
                raise ExchangeError(f"the answer has more than {limit} bytes", left=True, again=False)
        try:
            value = msgspec.json.decode(content) if content.strip() else None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            value = None
        return Got(answer.status, value, answer.headers.get("retry-after"))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_request_headers_sent.append(_note)
            self._session = guarded_session(
                internal=self._settings.internal,
                verify=self._settings.verify,
                concurrency=self._concurrency,
                trace=trace,
            )
        return self._session

    def _credentials(self) -> dict[str, str]:
        match self._settings.auth:
            case Bearer(token):
                return {"authorization": f"Bearer {resolve(token, self._secrets)}"}
            case Key(name, value):
                return {name: resolve(value, self._secrets)}
            case None:
                return {}


async def _note(_session: aiohttp.ClientSession, context: SimpleNamespace, _told: object) -> None:
    """Notice that the request is being written."""
    context.trace_request_ctx.left = True
