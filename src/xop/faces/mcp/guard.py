"""The guard: keeps web pages of others from talking to a server on this machine (DNS rebinding)."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import Scope

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Say whether an address or name is this machine's own and nobody else's."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def stranger(scope: Scope, headers: Mapping[bytes, bytes], own: str = "") -> str | None:
    """Return why a request must come from somebody else's web page, or None when it need not.

    `own` is the address under which the server is known outside, if it has one.
    """
    host = headers.get(b"host", b"").decode("latin-1").strip().lower()
    known = {urlsplit(own).netloc.lower()} if own else set()
    listening = scope.get("server") or ("", 0)
    if host not in known and is_loopback(str(listening[0])) and not is_loopback(_name(host)):
        return "the Host header names another machine than the one that listens"
    origin = headers.get(b"origin", b"").decode("latin-1").strip().lower()
    if not origin:
        return None
    came_from = urlsplit(origin).netloc
    if came_from in known or came_from == host:
        return None
    if is_loopback(_name(host)) and is_loopback(_name(came_from)):
        return None
    return "the Origin header names another site"


def _name(netloc: str) -> str:
    """Return the name or address of `name:port`; empty when it is neither."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""
