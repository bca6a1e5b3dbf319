"""Posts signed events and reads what came of them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from xop.adapters.webhook.answer import meaning
from xop.adapters.webhook.render import render_event
from xop.adapters.webhook.settings import Settings
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.rendering import UnrenderableError
from xop.ports.secret import MissingSecretError, resolve

_BROKEN = (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError, ValueError)
"""What httpx raises when an exchange breaks off; RuntimeError after closing, ValueError for an impossible host."""


class WebhookAdapter:
    """Posts to one receiver over pooled connections; redirects are not followed."""

    idempotent = True
    """Receivers recognise `webhook-id`, which is the same for every attempt."""

    def __init__(self, settings: Settings, secrets: Secrets, concurrency: int) -> None:
        self._settings = settings
        self._secrets = secrets
        self._client = httpx.AsyncClient(
            verify=httpx.create_ssl_context(verify=settings.verify),
            trust_env=False,  # a proxy or .netrc of the host must not see or change what is sent
            timeout=httpx.Timeout(None),  # `send` keeps the time of the whole exchange
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
            headers={"content-type": "application/json", "accept-encoding": "identity", "user-agent": "xop"},
        )

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the body to post, or why a value has no place in it."""
        try:
            return render_event(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Sign and post one event."""
        left = asyncio.Event()

        async def trace(event: str, _info: Mapping[str, Any]) -> None:
            if event.endswith("send_request_headers.started"):
                left.set()

        try:
            headers = self._signed(sending)
        except MissingSecretError as error:
            return Sent("retry", str(error), unhealthy=True)
        except UnicodeDecodeError:
            return Sent("failed", "the stored event cannot be read")
        try:
            async with asyncio.timeout(sending.timeout):
                return await self._post(sending, headers, trace)
        except TimeoutError:
            detail = "no answer in time"
        except _BROKEN as error:
            detail = f"the exchange broke off: {type(error).__name__}"
        return Sent("uncertain" if left.is_set() else "retry", detail, unhealthy=True)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _post(self, sending: Sending, headers: dict[str, str], trace: Any) -> Sent:
        url, content = self._settings.url, sending.request
        async with self._client.stream(
            "POST", url, content=content, headers=headers, extensions={"trace": trace}
        ) as answer:
            return meaning(answer.status_code, answer.headers.get("retry-after"), sending.at)

    def _signed(self, sending: Sending) -> dict[str, str]:
        """Return the headers that prove who sends, with one signature for every key."""
        at = datetime.fromtimestamp(sending.at // 1_000, UTC)
        body = sending.request.decode()
        signatures = [key.sign(sending.invocation, at, body) for key in self._keys()]
        return {
            "webhook-id": sending.invocation,
            "webhook-timestamp": str(sending.at // 1_000),
            "webhook-signature": " ".join(signatures),
        }

    def _keys(self) -> list[Webhook]:
        reference = self._settings.secret
        try:
            return [Webhook(key) for key in resolve(reference, self._secrets).split()]
        except (EmptyWebhookSecretError, ValueError) as error:
            raise MissingSecretError(f"{reference} is no signing key: set it to whsec_ and base64") from error
