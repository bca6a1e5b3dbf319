"""Every adapter with an outside of its own, so that one suite can ask the same of all of them."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from joserfc.jws import extract_compact

from tests.adapters import python_actions
from tests.adapters.mail_server import mail_server
from tests.adapters.mcp_server import NOTE, McpServer, accepted, mcp_server
from tests.adapters.mcp_server import silence as mcp_silence
from tests.adapters.requests import SECRETS, closed_port
from tests.adapters.web_server import SILENCE, web_server
from xop.adapters.console import ConsoleKind
from xop.adapters.http import HttpKind
from xop.adapters.mcp import McpKind
from xop.adapters.python import PythonKind
from xop.adapters.shared_signals import SharedSignalsKind
from xop.adapters.simulated import SimulatedKind
from xop.adapters.smtp import SmtpKind
from xop.adapters.webhook import WebhookKind
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import pinned
from xop.ports.adapter import Adapter, AdapterKind


@dataclass
class Bench:
    name: str
    kind: AdapterKind
    settings: dict[str, Any]
    request: dict[str, Any]
    """Holds `{{customer.text}}` in a place that carries any text to the outside."""
    arrived: Callable[[], list[str]]
    """What reached the outside, one text for every request, with the identity it came under where there is one."""
    arrival: Callable[[], Awaitable[Any]]
    silence: Callable[[], Any] | None = None
    """Makes the outside accept everything and answer nothing; before opening."""
    unreachable: dict[str, Any] | None = None
    """Settings that lead to where nobody listens."""

    def connection(self, **settings: Any) -> Connection:
        return Connection("outside", self.name, {**self.settings, **settings})  # type: ignore[arg-type]  # a bench's name is a kind

    def open(self, **settings: Any) -> Adapter:
        return self.kind.open(self.connection(**settings), SECRETS.get)


async def one_turn() -> None:
    """Let the loop run what is ready, which is all it takes where nothing leaves the process."""
    await asyncio.sleep(0)


@asynccontextmanager
async def http() -> AsyncIterator[Bench]:
    async with web_server() as server:
        yield Bench(
            "http",
            HttpKind(),
            {"base_url": server.url, "auth": {"scheme": "bearer", "token": "${env:API_TOKEN}"}},
            {"method": "POST", "path": "/notes", "body": {"note": "{{customer.text}}"}},
            lambda: [f"{it.headers['idempotency-key']} {it.body.decode()}" for it in server.arrived],
            server.arrival.wait,
            lambda: server.answers.append(SILENCE),
            {"base_url": f"http://127.0.0.1:{closed_port()}"},
        )


@asynccontextmanager
async def webhook() -> AsyncIterator[Bench]:
    async with web_server() as server:
        yield Bench(
            "webhook",
            WebhookKind(),
            {"url": f"{server.url}/hook", "secret": "${env:HOOK}"},
            {"type": "note.taken", "data": {"note": "{{customer.text}}"}},
            lambda: [f"{it.headers['webhook-id']} {it.body.decode()}" for it in server.arrived],
            server.arrival.wait,
            lambda: server.answers.append(SILENCE),
            {"url": f"http://127.0.0.1:{closed_port()}/hook"},
        )


def _claims(token: bytes) -> str:
    """What a token says, but for when it was signed, which is another moment for every attempt."""
    claims = json.loads(extract_compact(token).payload)
    return json.dumps({name: claims[name] for name in claims if name != "iat"}, separators=(",", ":"))


@asynccontextmanager
async def shared_signals() -> AsyncIterator[Bench]:
    async with web_server() as server:
        yield Bench(
            "shared_signals",
            SharedSignalsKind(),
            {
                "url": f"{server.url}/events",
                "issuer": "https://xop.test",
                "audience": "https://vendor.test",
                "key": "${env:EVENT_KEY}",
                "pairwise": "${env:PAIRWISE}",
            },
            {"event": "note-taken", "subject": "cus_1", "data": {"note": "{{customer.text}}"}},
            lambda: [_claims(it.body) for it in server.arrived],
            server.arrival.wait,
            lambda: server.answers.append(SILENCE),
            {"url": f"http://127.0.0.1:{closed_port()}/events"},
        )


@asynccontextmanager
async def smtp() -> AsyncIterator[Bench]:
    async with mail_server() as server:
        yield Bench(
            "smtp",
            SmtpKind(),
            {"host": "127.0.0.1", "port": server.port, "tls": "none", "from_address": "hello@shop.test"},
            {"subject": "A note", "text": "{{customer.text}}"},
            lambda: [f"{it['Message-ID']} {it.get_content()}" for it in server.messages()],
            server.arrival.wait,
            lambda: server.answers.update(DATA="silence"),
            {"port": closed_port()},
        )


@asynccontextmanager
async def console() -> AsyncIterator[Bench]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")

    def lines() -> list[str]:
        stream.seek(0)
        return stream.read().splitlines()

    yield Bench("console", ConsoleKind(stream), {}, {"text": "note: {{customer.text}}"}, lines, one_turn)


@asynccontextmanager
async def simulated() -> AsyncIterator[Bench]:
    kind = SimulatedKind()

    def arrived() -> list[str]:
        return [f"{it.invocation} {it.request.decode()}" for it in kind.opened["outside"].sent]

    bench = Bench("simulated", kind, {}, {"note": "{{customer.text}}"}, arrived, one_turn)
    bench.silence = lambda: bench.settings.update(latency_ms=600_000)
    yield bench


class McpBench(Bench):
    """A server whose one tool was accepted."""

    def connection(self, **settings: Any) -> Connection:
        return pinned(super().connection(**settings), accepted(NOTE))


def _once_and_body(server: McpServer) -> list[str]:
    return [f"{it.headers['x-once']} {it.body.decode()}" for it in server.arrived]


@asynccontextmanager
async def mcp() -> AsyncIterator[Bench]:
    async with mcp_server() as server:
        yield McpBench(
            "mcp",
            McpKind(),
            {
                "url": server.url,
                "auth": {"scheme": "bearer", "token": "${env:API_TOKEN}"},
                "idempotency_header": "X-Once",
            },
            {"tool": "note", "arguments": {"note": "{{customer.text}}"}},
            lambda: _once_and_body(server),
            server.arrival.wait,
            lambda: server.scripts.append(mcp_silence),
            {"url": f"http://127.0.0.1:{closed_port()}/mcp"},
        )


@asynccontextmanager
async def python() -> AsyncIterator[Bench]:
    python_actions.reset()
    yield Bench(
        "python",
        PythonKind(),
        {"module": "tests.adapters.python_actions"},
        {"call": "note", "arguments": {"text": "{{customer.text}}"}},
        python_actions.arrived,
        python_actions.arrival,
        python_actions.silence,
        {"module": "tests.adapters.no_such_module"},
    )
    python_actions.reset()


BENCHES = {
    "http": http,
    "webhook": webhook,
    "shared_signals": shared_signals,
    "smtp": smtp,
    "console": console,
    "simulated": simulated,
    "mcp": mcp,
    "python": python,
}
