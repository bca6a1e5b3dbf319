"""Sends requests to an HTTP API and reads what came of them."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from xop.adapters.http.answer import LARGEST_OUTPUT, carried_out, keep, refused
from xop.adapters.http.render import render_request
from xop.adapters.http.settings import SAFE_METHODS, Basic, Bearer, Key, Rendered, Settings
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.rendering import UnrenderableError
from xop.ports.secret import MissingSecretError, resolve

_BROKEN = (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError, ValueError)
"""What httpx raises when an exchange breaks off; RuntimeError after closing, ValueError for an impossible host."""


class _Exchange:
    """How far a request has come, for saying what a break means."""

    def __init__(self) -> None:
        self.left = False
        """Whether bytes of the request may have left."""
        self.answer: httpx.Response | None = None

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """Notice that the request is being written."""
        self.left = self.left or event.endswith("send_request_headers.started")


class HttpAdapter:
    """Speaks to one HTTP API over pooled connections; redirects are not followed."""

    def __init__(self, settings: Settings, secrets: Secrets, concurrency: int) -> None:
        self.idempotent = settings.idempotent
        self._settings = settings
        self._secrets = secrets
        self._base = httpx.URL(settings.base_url)
        self._client = httpx.AsyncClient(
            verify=httpx.create_ssl_context(verify=settings.verify),
            trust_env=False,  # a proxy or .netrc of the host must not see or change what is sent
            timeout=httpx.Timeout(None),  # `send` keeps the time of the whole exchange
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
            headers={"accept": "application/json", "accept-encoding": "identity", "user-agent": "xop"},
        )

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the request as JSON, or why a value has no place in it."""
        try:
            return render_request(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Send one request; what is not certain is `uncertain`, unless the method changes nothing."""
        try:
            rendered = msgspec.json.decode(sending.request, type=Rendered)
            request = self._request(rendered, sending)
        except MissingSecretError as error:
            return Sent("retry", str(error), unhealthy=True)
        except (msgspec.MsgspecError, ValueError, httpx.InvalidURL):
            return Sent("failed", "the stored request cannot be read")
        exchange = _Exchange()
        request.extensions["trace"] = exchange.trace
        try:
            async with asyncio.timeout(sending.timeout):
                return await self._exchange(request, rendered, sending, exchange)
        except TimeoutError:
            return self._broken("no answer in time", rendered, exchange)
        except _BROKEN as error:
            return self._broken(f"the exchange broke off: {type(error).__name__}", rendered, exchange)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _request(self, rendered: Rendered, sending: Sending) -> httpx.Request:
        path = self._base.raw_path.decode().rstrip("/") + rendered.path
        raw_path = f"{path}?{rendered.query}" if rendered.query else path
        headers = {**self._connection_headers(), **rendered.headers}
        if sending.invocation and self._settings.idempotency_header and rendered.method not in SAFE_METHODS:
            headers[self._settings.idempotency_header] = sending.invocation
        content = None if rendered.body is None else rendered.body.encode()
        url = self._base.copy_with(raw_path=raw_path.encode())
        return self._client.build_request(rendered.method, url, headers=headers, content=content)

    def _connection_headers(self) -> dict[str, str]:
        headers = {name: resolve(value, self._secrets) for name, value in self._settings.headers.items()}
        match self._settings.auth:
            case Bearer(token):
                headers["Authorization"] = f"Bearer {resolve(token, self._secrets)}"
            case Basic(username, password):
                pair = f"{resolve(username, self._secrets)}:{resolve(password, self._secrets)}"
                headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
            case Key(name, value):
                headers[name] = resolve(value, self._secrets)
            case None:
                pass
        return headers

    async def _exchange(
        self, request: httpx.Request, rendered: Rendered, sending: Sending, exchange: _Exchange
    ) -> Sent:
        answer = await self._client.send(request, stream=True)
        exchange.answer = answer
        try:
            if not carried_out(answer.status_code, rendered):
                return refused(answer, rendered, idempotent=self.idempotent, at=sending.at)
            content = await self._content(answer)
        finally:
            await answer.aclose()
        if content is None:
            limit = self._settings.max_response_bytes
            return Sent("done", f"the answer has more than {limit} bytes or is compressed, and is not kept")
        return keep(content, rendered.output)

    async def _content(self, answer: httpx.Response) -> bytes | None:
        """Return the body, or None when it is too large or packed so that its size is unknown."""
        if answer.headers.get("content-encoding", "identity") != "identity":
            return None
        content = bytearray()
        async for chunk in answer.aiter_raw(LARGEST_OUTPUT):
            content += chunk
            if len(content) > self._settings.max_response_bytes:
                return None
        return bytes(content)

    def _broken(self, detail: str, rendered: Rendered, exchange: _Exchange) -> Sent:
        safe = rendered.method in SAFE_METHODS
        if exchange.answer is not None and not safe and carried_out(exchange.answer.status_code, rendered):
            return Sent("done", f"carried out, but {detail}", unhealthy=True)
        certain = safe or not exchange.left
        return Sent("retry" if certain else "uncertain", detail, unhealthy=True)
