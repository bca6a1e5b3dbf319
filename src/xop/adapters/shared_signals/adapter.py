"""Signs and pushes events, and reads what came of them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from xop.adapters.shared_signals.answer import meaning
from xop.adapters.shared_signals.render import render_event
from xop.adapters.shared_signals.settings import Rendered, Settings
from xop.adapters.shared_signals.token import event_token
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.rendering import UnrenderableError
from xop.ports.secret import MissingSecretError, resolve

_BROKEN = (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError, ValueError)
"""What httpx raises when an exchange breaks off; RuntimeError after closing, ValueError for an impossible host."""

_LARGEST_ANSWER = 10_000
"""Bytes of an answer that are read."""


class SharedSignalsAdapter:
    """Pushes to one receiver over pooled connections; redirects are not followed."""

    idempotent = True
    """Receivers recognise `jti`, which is the same for every attempt."""

    def __init__(self, settings: Settings, secrets: Secrets, concurrency: int) -> None:
        self._settings = settings
        self._secrets = secrets
        self._client = httpx.AsyncClient(
            verify=httpx.create_ssl_context(verify=settings.verify),
            trust_env=False,  # a proxy or .netrc of the host must not see or change what is sent
            timeout=httpx.Timeout(None),  # `send` keeps the time of the whole exchange
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
            headers={
                "content-type": "application/secevent+jwt",
                "accept": "application/json",
                "accept-encoding": "identity",
                "user-agent": "xop",
            },
        )

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the event to sign, or why a value has no place in it."""
        try:
            return render_event(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Sign and push one event."""
        left = asyncio.Event()

        async def trace(event: str, _info: Mapping[str, Any]) -> None:
            if event.endswith("send_request_headers.started"):
                left.set()

        try:
            event = msgspec.json.decode(sending.request, type=Rendered)
            token = event_token(self._settings, self._secrets, event, sending)
            headers = self._headers()
        except MissingSecretError as error:
            return Sent("retry", str(error), unhealthy=True)
        except (msgspec.MsgspecError, ValueError):
            return Sent("failed", "the stored event cannot be read")
        try:
            async with asyncio.timeout(sending.timeout):
                return await self._push(token, headers, sending.at, trace)
        except TimeoutError:
            detail = "no answer in time"
        except _BROKEN as error:
            detail = f"the exchange broke off: {type(error).__name__}"
        return Sent("uncertain" if left.is_set() else "retry", detail, unhealthy=True)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _push(self, token: str, headers: dict[str, str], at: int, trace: Any) -> Sent:
        async with self._client.stream(
            "POST", self._settings.url, content=token.encode(), headers=headers, extensions={"trace": trace}
        ) as answer:
            body = b""
            if not answer.is_success:
                # Raw: a body that is packed all the same could unpack to any size, and is left unread.
                async for chunk in answer.aiter_raw(_LARGEST_ANSWER):
                    body += chunk
                    if len(body) > _LARGEST_ANSWER:
                        break
            return meaning(answer.status_code, body, answer.headers.get("retry-after"), at)

    def _headers(self) -> dict[str, str]:
        if self._settings.token is None:
            return {}
        return {"authorization": f"Bearer {resolve(self._settings.token, self._secrets)}"}
