"""What a workspace writes for an HTTP API: the connection's settings and the request of a binding."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.ports.secret import Secret

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

SAFE_METHODS = ("GET", "HEAD")
"""Methods that change nothing, so that asking twice does no harm."""

Status = Annotated[int, Meta(ge=200, le=599)]


class Bearer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="bearer"):
    """`Authorization: Bearer token`."""

    token: Secret


class Basic(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="basic"):
    """`Authorization: Basic ...`."""

    username: str
    """Text, or a secret."""
    password: Secret


class Key(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="header"):
    """A header of the provider's own, such as `X-Api-Key`."""

    name: str
    value: Secret


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    base_url: Annotated[str, Meta(description="The address before every path, such as `https://api.example.com/v1`.")]
    auth: Annotated[
        Bearer | Basic | Key | None,
        Meta(
            description="`{scheme: bearer, token}`, `{scheme: basic, username, password}` or "
            "`{scheme: header, name, value}`, with `${env:NAME}` for the secret."
        ),
    ] = None
    headers: Annotated[
        dict[str, str], Meta(description="Headers of every request by name; a value may hold `${env:NAME}`.")
    ] = {}
    idempotency_header: Annotated[
        str, Meta(description="The header that carries the idempotency key; '' for none.")
    ] = "Idempotency-Key"
    idempotent: Annotated[
        bool, Meta(description="true where the provider promises to carry out one idempotency key once.")
    ] = False
    verify: Annotated[bool, Meta(description="false accepts any TLS certificate; for tests only.")] = True
    max_response_bytes: Annotated[
        int, Meta(ge=1, le=67_108_864, description="Bytes of an answer that are read, at most 67108864.")
    ] = 1_048_576


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The request template of a binding."""

    method: Annotated[Method, Meta(description="GET, HEAD, POST, PUT, PATCH or DELETE.")]
    path: Annotated[str, Meta(description="A path beginning with `/`, such as `/customers/{{arguments.id}}`.")]
    query: Annotated[
        dict[str, Any], Meta(description="Parameters by name; a list repeats one and null leaves it out.")
    ] = {}
    headers: Annotated[dict[str, str], Meta(description="Headers by name, without secrets.")] = {}
    body: Annotated[Any, Meta(description="A value, sent as JSON.")] = None
    form: Annotated[dict[str, Any] | None, Meta(description="Fields by name, sent as a form.")] = None
    text: Annotated[str | None, Meta(description="Text, sent as plain text.")] = None
    success: Annotated[
        tuple[Status, ...], Meta(description="Status codes that mean carried out, in place of every 2xx.")
    ] = ()
    output: Annotated[str, Meta(description="The part of a JSON answer to keep, such as `data.items.0.id`.")] = ""


class Rendered(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A request with every value in its place, as it is stored."""

    method: Method
    path: str
    """Percent-encoded."""
    query: str = ""
    """Percent-encoded, without `?`."""
    headers: dict[str, str] = {}
    body: str | None = None
    success: tuple[int, ...] = ()
    output: str = ""
