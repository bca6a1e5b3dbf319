"""The catalogue: what an outside system says it offers, for a person to accept or not."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from xop.kernel.actions.model import Connection
from xop.ports.adapter import Secrets
from xop.ports.errors import XopError

Offered = Mapping[str, Mapping[str, dict[str, Any]]]
"""Definitions word for word, by kind and name."""


class CatalogueError(XopError):
    """An outside system's catalogue cannot be read now; the message is fit for an operator."""


class Seen(Struct, frozen=True):
    """What an outside system offered when it was looked at last."""

    age: float
    """Seconds since then."""
    offered: Offered
    fault: str = ""
    """Why it could not be looked at since; empty when it was not tried, or could be."""


@runtime_checkable
class Watching(Protocol):
    """An adapter that holds what its other side offers against what was accepted, whenever it sends something."""

    def seen(self) -> Seen | None:
        """Return what it saw last, of the kinds of which anything was accepted; None before the first look."""
        ...


@runtime_checkable
class Catalogue(Protocol):
    """Reads what a connection's other side offers."""

    async def offered(self, connection: Connection, secrets: Secrets) -> Offered:
        """Return every definition; raises CatalogueError."""
        ...

    def unusable(self, kind: str, definition: Mapping[str, Any]) -> str | None:
        """Return why a definition must not be accepted, None when it may be."""
        ...
