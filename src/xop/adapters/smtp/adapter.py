"""Sends mail by SMTP and reads what came of it."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from email.errors import MessageError
from typing import Any

import aiosmtplib
import msgspec

from xop.adapters.smtp.message import build_message, message_id_domain
from xop.adapters.smtp.render import render_message
from xop.adapters.smtp.settings import Rendered, Settings
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.rendering import UnrenderableError
from xop.ports.secret import MissingSecretError, resolve

_BROKEN = (aiosmtplib.SMTPException, OSError, ValueError)
"""What breaks a connection off; ValueError for a host or certificate that cannot be used."""

_CLOSING = 421
"""The server takes no mail at all now."""

_PARTING = 2.0
"""Seconds to wait for the answer to QUIT, which changes nothing any more."""


class SmtpAdapter:
    """Speaks to one mail server, with one connection for every message."""

    idempotent = False

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secrets = secrets

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the message as JSON, or why a value has no place in it."""
        try:
            return render_message(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Send one message; only what happens after the text began to leave is `uncertain`."""
        try:
            rendered = msgspec.json.decode(sending.request, type=Rendered)
            message = build_message(rendered, self._settings, sending)
            client = self._client()
        except MissingSecretError as error:
            return Sent("retry", str(error), unhealthy=True)
        except (msgspec.MsgspecError, MessageError, ValueError, OverflowError):
            return Sent("failed", "the stored message cannot be read")
        delivery = _Delivery(client, self._settings.from_address, rendered.to)
        try:
            async with asyncio.timeout(sending.timeout):
                return await delivery.carry_out(message)
        except TimeoutError:
            return delivery.broken("no answer in time")
        finally:
            client.close()

    async def close(self) -> None:
        """Do nothing: no connection outlives its message."""

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=resolve(settings.username, self._secrets) or None,
            password=None if settings.password is None else resolve(settings.password, self._secrets),
            local_hostname=message_id_domain(settings),  # the resolver need not know this host
            timeout=None,  # `send` keeps the time of the whole delivery
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            validate_certs=settings.verify,
        )


class _Delivery:
    """One message on its way, and how far it has come."""

    def __init__(self, client: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
        self._client = client
        self._sender = sender
        self._recipient = recipient
        self._left = False
        self._accepted = False

    async def carry_out(self, message: bytes) -> Sent:
        """Connect and hand the message over; raises TimeoutError only when the time of the whole is up."""
        try:
            await self._client.connect()
        except aiosmtplib.SMTPResponseException as refusal:
            return Sent("retry", f"no session: the server answered {_code(refusal)}", unhealthy=True)
        except _BROKEN as error:
            return self.broken(f"no session: {type(error).__name__}")
        try:
            await self._client.mail(self._sender)
            await self._client.rcpt(self._recipient)
            self._left = True
            await self._client.data(message)
        except aiosmtplib.SMTPResponseException as refusal:
            return self._refused(refusal)
        except _BROKEN as error:
            return self.broken(f"the connection broke off: {type(error).__name__}")
        self._accepted = True
        with suppress(*_BROKEN):
            async with asyncio.timeout(_PARTING):
                await self._client.quit()
        return Sent("done")

    def broken(self, detail: str) -> Sent:
        """Return what a break means at this point."""
        if self._accepted:
            return Sent("done")
        return Sent("uncertain" if self._left else "retry", detail, unhealthy=True)

    def _refused(self, refusal: aiosmtplib.SMTPResponseException) -> Sent:
        detail = f"the server answered {_code(refusal)}"
        match refusal.code // 100:
            case 4:
                return Sent("retry", detail, unhealthy=refusal.code == _CLOSING)
            case 5:
                return Sent("failed", detail)
            case _:
                return self.broken("the server's answer is not SMTP")


def _code(refusal: aiosmtplib.SMTPResponseException) -> str:
    """Return the codes of an answer; its text may name the recipient."""
    enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3}", refusal.message)
    return f"{refusal.code} {enhanced[0]}" if enhanced else str(refusal.code)
