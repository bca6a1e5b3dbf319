"""Rendering and sending in one breath."""

import socket
from typing import Any

from xop.kernel.base.values import Refusal
from xop.kernel.conditions import Environment
from xop.kernel.templates import Template, compile_template
from xop.ports.adapter import Adapter, Sending, Sent

NOW = 1_763_600_000_000

ENVIRONMENT = Environment({"customer": "dyn", "address": "string"})

SECRETS = {
    "API_TOKEN": "tok-5e3cret",
    "PASSWORD": "s3cret",
    "HOOK": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "EVENT_KEY": '{"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", '
    '"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
    "PAIRWISE": "what only we know, of some length",
    "BROKEN": "two\r\nlines",
}


def compiled(request: Any) -> Template:
    template = compile_template(request, ENVIRONMENT)
    assert isinstance(template, Template), template
    return template


def data(address: str = "ana@example.com", **customer: Any) -> dict[str, Any]:
    return {"address": address, "customer": customer}


def rendered(adapter: Adapter, request: Any, address: str = "ana@example.com", **customer: Any) -> bytes | Refusal:
    return adapter.render(compiled(request), data(address, **customer))


def sending(request: bytes | Refusal, invocation: str = "inv_1", seconds: float = 5, attempt: int = 1) -> Sending:
    assert isinstance(request, bytes), request
    return Sending(invocation, attempt, request, seconds, NOW + attempt * 1_000)


async def send(adapter: Adapter, request: Any, seconds: float = 5, **customer: Any) -> Sent:
    return await adapter.send(sending(rendered(adapter, request, **customer), seconds=seconds))


def closed_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
