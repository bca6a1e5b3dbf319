"""A real SMTP server on loopback that answers as it is told and keeps what it was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope


@dataclass
class MailServer:
    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    """What to say to MAIL, RCPT or DATA (after the text); `drop` closes the connection and `silence` says nothing."""
    arrived: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    accounts: list[tuple[bytes, bytes]] = field(default_factory=list)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    never: asyncio.Event = field(default_factory=asyncio.Event)
    """To wait for in silence."""

    async def handle_MAIL(self, _server, _session, envelope: Envelope, address: str, _options):  # noqa: N802 - aiosmtpd asks for this
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _server, _session, envelope: Envelope, address: str, _options):  # noqa: N802 - aiosmtpd asks for this
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, _session, envelope: Envelope):  # noqa: N802 - aiosmtpd asks for this
        assert server.transport is not None
        self.arrived.append(envelope)
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        self.arrival.set()
        answer = self.answers.get("DATA", "250 OK")
        if answer == "drop":
            server.transport.close()
        if answer == "silence":
            await self.never.wait()
        return answer

    def authenticate(self, _server, _session, _envelope, _mechanism: str, login) -> AuthResult:
        self.accounts.append((login.login, login.password))
        return AuthResult(success=login.password == b"s3cret", handled=False)

    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(content_of(envelope), policy=default) for envelope in self.arrived]


def content_of(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


@asynccontextmanager
async def mail_server(tls=None, **options) -> AsyncIterator[MailServer]:
    """`tls` is a context for a server that speaks it from the first byte; options are those of aiosmtpd's SMTP."""
    server = MailServer()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(server, hostname="mail.test", ident="test", authenticator=server.authenticate, **options))
        return sessions[-1]

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(session, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.close()
            if one._handler_coroutine is not None:
                one._handler_coroutine.cancel()
