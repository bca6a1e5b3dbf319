"""Operations: what an outside server offers, each with the definition that a person accepted."""

import hashlib
from typing import Annotated, Any

from msgspec import Meta, Struct

from xop.kernel.actions.model import Connection, Name
from xop.kernel.base.json import canonical

Fingerprint = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}$", description="SHA-256 over the definition as canonical JSON, in hexadecimal.")
]


class Operation(Struct, frozen=True, forbid_unknown_fields=True):
    """One definition as it was accepted."""

    sha256: Fingerprint
    definition: dict[str, Any]
    """The server's own definition, word for word; it is data, and nothing in it is believed."""


class Operations(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything of one connection that was accepted; what is not in it cannot be called."""

    name: Name
    """The connection's name, which is the file's too."""
    tools: dict[str, Operation] = {}
    """By name."""
    resources: dict[str, Operation] = {}
    """By URI."""
    templates: dict[str, Operation] = {}
    """By URI template."""
    prompts: dict[str, Operation] = {}
    """By name."""


class PinnedConnection(Connection, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A connection together with the operations of it that were accepted."""

    operations: Operations = Operations("none")


def fingerprint(definition: dict[str, Any]) -> str:
    """Return the SHA-256 of a definition's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(definition)).hexdigest()


def pinned(connection: Connection, operations: Operations) -> PinnedConnection:
    """Return a connection with its accepted operations."""
    fields = {name: getattr(connection, name) for name in connection.__struct_fields__}
    return PinnedConnection(**fields, operations=operations)
