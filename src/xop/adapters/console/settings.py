"""What a workspace writes for the console: the connection's settings and the line of a binding."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    stream: Annotated[Literal["stdout", "stderr"], Meta(description="stdout or stderr.")] = "stdout"


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The line of a binding, as a template and as it is stored."""

    text: Annotated[str, Meta(min_length=1, description="The line; control characters in it are shown escaped.")]
