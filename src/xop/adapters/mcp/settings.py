"""What a workspace writes for an MCP server: the connection's settings and the request of a binding."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.kernel.base.spans import Span
from xop.ports.secret import Secret

MODERN: Literal["2026-07-28"] = "2026-07-28"
"""The revision without sessions, spoken on the hot path."""


class Bearer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="bearer"):
    """`Authorization: Bearer token`."""

    token: Secret


class Key(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="header"):
    """A header of the provider's own, such as `X-Api-Key`."""

    name: str
    value: Secret


class ClientCredentials(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="client_credentials"):
    """OAuth 2.1 client credentials; the secret goes to the named issuer alone, wherever the server points."""

    issuer: str
    client_id: str
    client_secret: Secret
    scope: str = ""
    method: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    url: Annotated[str, Meta(description="The server's address, such as `https://mcp.example.com/mcp`.")] = ""
    command: Annotated[
        tuple[str, ...], Meta(description="In place of `url`: a program and its arguments, spoken to by its streams.")
    ] = ()
    env: Annotated[
        dict[str, str],
        Meta(description="The program's environment beside the least it needs; `${env:NAME}` for secrets."),
    ] = {}
    auth: Annotated[
        Bearer | Key | ClientCredentials | None,
        Meta(
            description="`{scheme: bearer, token}`, `{scheme: header, name, value}` or `{scheme: client_credentials, "
            "issuer, client_id, client_secret, scope}`, with `${env:NAME}` for the secret."
        ),
    ] = None
    headers: Annotated[
        dict[str, str], Meta(description="Headers of every request by name; a value may hold `${env:NAME}`.")
    ] = {}
    protocol: Annotated[
        Literal["auto", "2026-07-28", "legacy"],
        Meta(description="auto asks the server; `2026-07-28` or `legacy` (with a handshake) saves the asking."),
    ] = "auto"
    internal: Annotated[bool, Meta(description="true where the address leads into an internal network on purpose.")] = (
        False
    )
    verify: Annotated[bool, Meta(description="false accepts any TLS certificate; for tests only.")] = True
    largest_result: Annotated[
        int, Meta(ge=1024, le=67_108_864, description="Bytes of an answer that are read, at most 67108864.")
    ] = 1_048_576
    largest_output: Annotated[
        int, Meta(ge=1024, le=1_048_576, description="Bytes of an output that are kept with the invocation.")
    ] = 65_536
    recheck: Annotated[
        Span, Meta(description="How often the server's definitions are held against the accepted ones.")
    ] = "5m"
    sessions: Annotated[
        int, Meta(ge=1, le=64, description="Sessions with a server that needs them; each carries one call at a time.")
    ] = 4
    idempotency_header: Annotated[
        str, Meta(description="The header by which the server promises to carry out one key once; '' for no promise.")
    ] = ""
    idempotency_meta: Annotated[
        str, Meta(description="The `_meta` name by which the server promises to carry out one key once.")
    ] = ""


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The request template of a binding: one of `tool`, `resource`, `prompt` and `complete`."""

    tool: Annotated[str, Meta(description="The name of an accepted tool.")] = ""
    resource: Annotated[str, Meta(description="The URI of an accepted resource, or one that fits a template.")] = ""
    prompt: Annotated[str, Meta(description="The name of an accepted prompt.")] = ""
    complete: Annotated[
        dict[str, Any], Meta(description="What to complete: `ref`, `argument` and perhaps `context`, as MCP has them.")
    ] = {}
    arguments: Annotated[
        dict[str, Any] | str, Meta(description="Arguments by name, or `{{arguments}}` for all of the action's own.")
    ] = {}
    result: Annotated[
        Literal["structured", "whole"],
        Meta(description="`structured` keeps the structured content, `whole` all that the server answered."),
    ] = "structured"


class Rendered(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A request with every value in its place, as it is stored."""

    method: Literal["tools/call", "resources/read", "prompts/get", "completion/complete"]
    params: dict[str, Any]
    result: Literal["structured", "whole"] = "structured"
