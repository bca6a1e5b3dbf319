"""The adapter: how a connection's requests are rendered and sent."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.line import Line

Secrets = Callable[[str], str | None]
"""Returns the value of a secret by its name, or None."""


class Sending(Struct, frozen=True):
    """One rendered request about to leave."""

    invocation: str
    """The idempotency key: the same for every attempt."""
    attempt: int
    request: bytes
    timeout: float
    """Seconds."""
    at: int
    """Now, in milliseconds since the epoch."""
    line: Line | None = None
    """The way back to whoever waits for the outcome, if anybody does."""


class Sent(Struct, frozen=True, omit_defaults=True):
    """What came of a request.

    `done`: carried out. `retry`: certainly not carried out, trying again may help. `failed`: certainly not carried out,
    trying again will not help. `uncertain`: it may have been carried out. `accepted`: the platform itself carries out
    what `output` asks for, and the outcome comes later.
    """

    result: Literal["done", "retry", "failed", "uncertain", "accepted"]
    detail: str = ""
    """What the other side said, in one line without personal data or secrets."""
    output: Any = None
    retry_after: int | None = None
    """Milliseconds the other side asked to wait."""
    unhealthy: bool = False
    """Whether this says that the connection itself is in trouble, which counts for its circuit breaker."""


class Adapter(Protocol):
    """Speaks to one kind of outside system.

    Rendering happens in the step and is pure; sending happens after the request is durable. `render` and `check` never
    raise; `send` and `read` raise nothing but `asyncio.CancelledError`.
    """

    idempotent: bool
    """Whether the other side recognises the idempotency key, so that an uncertain request may be sent again."""

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the request with every value in its place, safely quoted; without secrets."""
        ...

    async def send(self, sending: Sending) -> Sent:
        """Send one request and say what came of it."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class Rehearsing(Protocol):
    """An adapter that can tell, without sending anything, that the other side would not take a request."""

    async def rehearse(self, request: bytes) -> str:
        """Return why a request would not be taken; empty when nothing speaks against it. Never raises."""
        ...


class AdapterKind(Protocol):
    """Makes adapters of one kind and checks what a workspace writes for them."""

    def check_connection(self, connection: Connection) -> list[Refusal]:
        """Return what is wrong with a connection's settings, with the remedy."""
        ...

    def check_request(self, request: Mapping[str, Any]) -> list[Refusal]:
        """Return what is wrong with a binding's request template."""
        ...

    def open(self, connection: Connection, secrets: Secrets) -> Adapter:
        """Return an adapter for a connection that passed its check."""
        ...
