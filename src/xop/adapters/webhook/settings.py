"""What a workspace writes for webhooks: the connection's settings and the event of a binding."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from xop.ports.secret import Secret


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    url: Annotated[str, Meta(description="The receiver's address, such as `https://hooks.example.com/xop`.")]
    secret: Annotated[
        Secret,
        Meta(description="`${env:NAME}`, holding a `whsec_...` key, or several with spaces between while keys change."),
    ]
    verify: Annotated[bool, Meta(description="false accepts any TLS certificate; for tests only.")] = True


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The event template of a binding, which is the body that is posted."""

    type: Annotated[str, Meta(min_length=1, description="The type of the event, such as `invoice.paid`.")]
    data: Annotated[dict[str, Any], Meta(description="What the receiver needs to know.")]
    timestamp: Annotated[str, Meta(description="When it happened, as RFC 3339 text.")] = ""
