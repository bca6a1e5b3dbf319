"""What a workspace writes for shared signals: the connection's settings and the event of a binding."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from xop.ports.secret import Secret


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    url: Annotated[str, Meta(description="The receiver's push endpoint, such as `https://vendor.example/events`.")]
    issuer: Annotated[
        str, Meta(pattern=r"^https://[!-~]+$", description="Who we are in `iss`, such as `https://xop.example`.")
    ]
    audience: Annotated[str, Meta(min_length=1, description="Who the receiver is in `aud`.")]
    key: Annotated[
        Secret, Meta(description="`${env:NAME}`, holding a private Ed25519 key as a JSON Web Key in one line.")
    ]
    pairwise: Annotated[
        Secret,
        Meta(
            description="`${env:NAME}`, holding at least 32 characters of chance: the receiver knows each customer by "
            "an id of its own that is made with it, and that nobody else can make."
        ),
    ]
    token: Annotated[
        Secret | None, Meta(description="`${env:NAME}`, a bearer token that the receiver gave, if it wants one.")
    ] = None
    verify: Annotated[bool, Meta(description="false accepts any TLS certificate; for tests only.")] = True


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The event template of a binding."""

    event: Annotated[
        str,
        Meta(
            pattern=r"^([a-z][a-z0-9-]{0,63}|https://[!-~]+)$",
            description="The event: a name of our own such as `consent-change`, or a whole event URI.",
        ),
    ]
    subject: Annotated[str, Meta(min_length=1, description="Whom it is about, such as `{{customer.id}}`.")]
    data: Annotated[dict[str, Any], Meta(description="What the receiver needs to know.")]
    timestamp: Annotated[str, Meta(description="When it happened, as RFC 3339 text.")] = ""


class Rendered(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An event with every value in its place, as it is stored."""

    event: str
    subject: str
    data: dict[str, Any]
    timestamp: str = ""
