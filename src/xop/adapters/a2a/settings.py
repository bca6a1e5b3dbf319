"""What a workspace writes for an A2A agent: the connection's settings and the task of a binding."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from xop.kernel.base.spans import Span
from xop.ports.secret import Secret


class Bearer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="bearer"):
    """`Authorization: Bearer token`."""

    token: Secret


class Key(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="header"):
    """A header of the agent's own, such as `X-Api-Key`."""

    name: str
    value: Secret


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    card: Annotated[
        str,
        Meta(
            description="Where the agent's card is, such as `https://agent.example.com`; without a path, "
            "`/.well-known/agent-card.json` is meant."
        ),
    ]
    auth: Annotated[
        Bearer | Key | None,
        Meta(
            description="`{scheme: bearer, token}` or `{scheme: header, name, value}`, with `${env:NAME}` for the secret."
        ),
    ] = None
    keys: Annotated[
        tuple[dict[str, Any], ...],
        Meta(description="Public JSON Web Keys (Ed25519 or P-256); with them, the card must be signed by one."),
    ] = ()
    internal: Annotated[
        bool, Meta(description="true where the agent is in an internal network on purpose; plain http is allowed then.")
    ] = False
    verify: Annotated[bool, Meta(description="false accepts any TLS certificate; for tests only.")] = True
    idempotent: Annotated[bool, Meta(description="true where the agent promises to act once for one `messageId`.")] = (
        False
    )
    largest_result: Annotated[
        int, Meta(ge=1024, le=67_108_864, description="Bytes of an answer that are read, at most 67108864.")
    ] = 1_048_576
    largest_output: Annotated[
        int, Meta(ge=1024, le=1_048_576, description="Bytes of an output that are kept with the invocation.")
    ] = 65_536
    recheck: Annotated[Span, Meta(description="How often the card is held against the accepted one.")] = "5m"


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The task of a binding: what the agent is told, and nothing else."""

    text: Annotated[str, Meta(description="What is to be done, in words.")] = ""
    packet: Annotated[
        dict[str, Any], Meta(description="The context the agent needs: its fields are sent as a data part.")
    ] = {}


class Rendered(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A task with every value in its place, as it is stored."""

    text: str = ""
    packet: dict[str, Any] = {}
