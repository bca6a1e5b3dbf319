"""The outside world of Northwind Mobile: back office, web chat, case desk and Bluebird, as one small HTTP server.

It knows nothing of the platform and is reached by HTTP alone, so any of them could be swapped for the real system.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PORT = 7107
"""The port that the workspace's connections name."""

LARGEST = 65_536
"""Bytes of one request."""

Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Outside:
    """The outside systems and all they were asked to do."""

    token: str
    """The bearer token of the back office."""
    secret: str
    """The signing key of the case desk's webhook, as `whsec_...`."""
    told: Callable[[str], None] = lambda _line: None
    """Is told in one line of everything that is carried out."""
    carried_out: list[dict[str, Any]] = field(default_factory=list)
    """What was carried out, in order."""
    _answers: dict[str, Answer] = field(default_factory=dict)
    _credited: dict[str, int] = field(default_factory=dict)
    _server: asyncio.Server | None = None

    async def start(self, port: int = PORT) -> int:
        """Begin to listen on loopback and return the port: another one when `port` is taken."""
        try:
            self._server = await asyncio.start_server(self._converse, "127.0.0.1", port)
        except OSError:
            self._server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def answer(self, request: Request) -> Answer:
        """Return the status and JSON answer to a request; the same idempotency key gets its first answer again."""
        if not self._signed_in(request):
            return 401, {"error": "who are you?"}
        key = request.headers.get("idempotency-key") or request.headers.get("webhook-id")
        if key is not None and key in self._answers:
            return self._answers[key]
        answer = self._carry_out(request)
        if key is not None and answer[0] < 300:
            self._answers[key] = answer
        return answer

    def _signed_in(self, request: Request) -> bool:
        if request.path.startswith("/back-office/"):
            return hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {self.token}")
        return request.path != "/case-desk" or self._signature_fits(request)

    def _signature_fits(self, request: Request) -> bool:
        """Check a signature of Standard Webhooks 1.0.0."""
        head = f"{request.headers.get('webhook-id', '')}.{request.headers.get('webhook-timestamp', '')}."
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        mac = base64.b64encode(hmac.digest(key, head.encode() + request.body, hashlib.sha256)).decode()
        given = request.headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(each, f"v1,{mac}") for each in given)

    def _carry_out(self, request: Request) -> Answer:
        body = json.loads(request.body) if request.body else {}
        account = re.fullmatch(r"/back-office/accounts/([^/]+)(?:/([a-z-]+))?", request.path)
        if account is not None:
            return self._back_office(request.method, account[1], account[2] or "", body)
        if (request.method, request.path) == ("POST", "/web-chat/invitations"):
            return 201, {"invitation": self._note("web chat", f"invitation shown on {body['page']}", body)}
        if (request.method, request.path) == ("POST", "/bluebird/erasures"):
            return 202, {"erasure": self._note("Bluebird", "a customer is erased there", body)}
        if (request.method, request.path) == ("POST", "/case-desk"):
            return 202, {"case": self._note("case desk", f"case {body['data']['case']} opened", body)}
        return 404, {"error": "no such thing"}

    def _back_office(self, method: str, account: str, what: str, body: dict[str, Any]) -> Answer:
        match method, what:
            case "GET", "":
                credited = self._credited.get(account, 0)
                return 200, {"account": account, "balance_cents": 2999 - credited, "credited_cents": credited}
            case "POST", "payments":
                return 201, {"payment": self._note("back office", f"{_dollars(body)} paid for {account}", body)}
            case "POST", "pin-letters":
                return 201, {"order": self._note("back office", f"PIN letter ordered for {account}", body)}
            case "POST", "credits":
                self._credited[account] = self._credited.get(account, 0) + int(body["amount_cents"])
                return 201, {"credit": self._note("back office", f"{_dollars(body)} credited to {account}", body)}
            case "POST", ("payment-plans" | "numbers" | "retention-offers") as order:
                return 202, {"order": self._note("back office", f"{order} of {account}: one more", body)}
            case "PUT", "line":
                return 200, {"line": self._note("back office", f"line of {account} is {body['state']}", body)}
        return 404, {"error": "no such thing"}

    def _note(self, system: str, line: str, body: dict[str, Any]) -> str:
        """Remember what was carried out and return a number for it."""
        self.carried_out.append({"system": system, "what": line, "body": body})
        self.told(f"{system}: {line}")
        return f"NO-{len(self.carried_out):05}"

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        try:
            while (request := await _read(reader)) is not None:
                try:
                    status, content = self.answer(request)
                except (KeyError, TypeError, ValueError):
                    status, content = 400, {"error": "that cannot be read"}
                payload = json.dumps(content).encode()
                head = f"HTTP/1.1 {status} {'OK' if status < 300 else 'No'}\r\ncontent-type: application/json\r\n"
                writer.write(f"{head}content-length: {len(payload)}\r\n\r\n".encode() + payload)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """Return the next request of a connection, or None at its end."""
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if length > LARGEST:
        raise ValueError("the request is too large")
    return Request(method, path, headers, await reader.readexactly(length))


def _dollars(body: dict[str, Any]) -> str:
    return f"${int(body['amount_cents']) / 100:.2f}"
