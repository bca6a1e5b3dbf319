"""What a workspace writes for mail: the connection's settings and the message of a binding."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.ports.secret import Secret


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    host: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,253}$", description="The name of the mail server.")]
    from_address: Annotated[str, Meta(description="The sender's address, such as `hello@example.com`.")]
    port: Annotated[int, Meta(ge=1, le=65_535, description="Usually 587 for starttls and 465 for tls.")] = 587
    tls: Annotated[
        Literal["none", "starttls", "tls"], Meta(description="starttls, tls (from the first byte) or none.")
    ] = "starttls"
    verify: Annotated[bool, Meta(description="false accepts any TLS certificate; for tests only.")] = True
    username: Annotated[str, Meta(description="The account, as text or as `${env:NAME}`; '' for none.")] = ""
    password: Annotated[Secret | None, Meta(description="The password as `${env:NAME}`.")] = None
    from_name: Annotated[str, Meta(max_length=200, description="The sender's name as people see it.")] = ""
    message_id_domain: Annotated[
        str,
        Meta(pattern=r"^([A-Za-z0-9.-]{1,253})?$", description="The domain of message ids; '' for the sender's own."),
    ] = ""


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The request template of a binding."""

    subject: Annotated[str, Meta(min_length=1, description="One line.")]
    text: Annotated[str, Meta(min_length=1, description="The message as plain text.")]
    html: Annotated[str, Meta(description="The message as HTML; values in it are escaped.")] = ""
    to: Annotated[str, Meta(description="The recipient; the address of the contact unless written.")] = "{{address}}"
    headers: Annotated[dict[str, str], Meta(description="Further headers by name, such as Reply-To.")] = {}
    unsubscribe_url: Annotated[
        str, Meta(description="An https address that unsubscribes by one POST; values in it are percent-encoded.")
    ] = ""


class Rendered(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A message with every value in its place, as it is stored."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = {}
    unsubscribe_url: str = ""
