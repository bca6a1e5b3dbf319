"""What clients are told about signing in: metadata of the protected resource (RFC 9728) and challenges (RFC 6750)."""

from collections.abc import Iterable

from msgspec import Struct

from xop.faces.sign_in.scopes import names_of

WELL_KNOWN = "/.well-known/oauth-protected-resource"

RESOURCES = ("", "/mcp", "/a2a")
"""The paths of the resources: everything together, and each face that agents speak to."""

BASIC_SCOPES = ("proposals:write", "customers:read", "decisions:read")
"""What an agent needs for its everyday work; more is asked for when it is needed."""


class ProtectedResource(Struct, frozen=True):
    """What a client must know to get a token."""

    resource: str
    authorization_servers: tuple[str, ...]
    scopes_supported: tuple[str, ...]
    resource_name: str
    bearer_methods_supported: tuple[str, ...] = ("header",)


def protected_resource(address: str, path: str, issuers: Iterable[str], name: str) -> ProtectedResource:
    """Return the metadata of the resource at a path."""
    return ProtectedResource(address + path, tuple(issuers), names_of(BASIC_SCOPES), name)


def challenge(address: str, path: str, scopes: Iterable[str], error: str = "", description: str = "") -> bytes:
    """Return the `WWW-Authenticate` value that tells a client where and with what scopes to get a token.

    `description` holds printable ASCII without quotes and backslashes.
    """
    parameters = {
        "error": error,
        "error_description": description,
        "scope": " ".join(names_of(scopes)),
        "resource_metadata": f"{address}{WELL_KNOWN}{path}" if address else "",
    }
    told = ", ".join(f'{name}="{value}"' for name, value in parameters.items() if value)
    return f"Bearer {told}".encode("ascii", "replace")
