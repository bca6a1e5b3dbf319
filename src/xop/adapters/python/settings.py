"""What a workspace writes for a Python module: the connection's settings and the call of a binding."""

from typing import Annotated, Any

from msgspec import Meta, Struct

INVOCATION = "invocation"
"""The parameter by which a function learns the idempotency key, if it has one of that name."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    module: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
            max_length=200,
            description="The dotted name of a module that is installed or on PYTHONPATH.",
        ),
    ]
    threads: Annotated[
        int, Meta(ge=1, le=64, description="How many plain functions run at the same time; `async` ones need none.")
    ] = 8
    idempotent: Annotated[
        bool, Meta(description="Whether its functions carry one `invocation` out once, however often they are called.")
    ] = False


class Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The call of a binding, as a template and as it is stored."""

    call: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
            max_length=200,
            description="The name of a public function of the module, with no placeholder in it.",
        ),
    ]
    arguments: Annotated[dict[str, Any], Meta(description="Its arguments by name.")] = {}
