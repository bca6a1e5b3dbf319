"""Places: where a browser has the console open, which passkeys are bound to."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where a browser has the console open."""

    origin: str
    """Scheme and host, as the browser says them."""
    name: str
    """The host as passkeys know it; empty for a bare network address, for which there can be none."""


def place_of(address: str, headers: Mapping[bytes, bytes]) -> Place:
    """Return the place of a request: the server's address where it has one, else where the browser says that it is."""
    host = headers.get(b"host", b"").decode("latin-1").lower()
    origin = address or f"http://{host}"
    return Place(origin, _name(origin))


def _name(origin: str) -> str:
    try:
        name = urlsplit(origin).hostname or ""
    except ValueError:
        return ""
    try:
        ip_address(name)
    except ValueError:
        return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else ""
    return ""


def is_private(place: Place) -> bool:
    """Say whether nobody on the way can read what is sent there: it does not leave this machine, or is encrypted."""
    if place.origin.startswith("https:"):
        return True
    try:
        host = urlsplit(place.origin).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
