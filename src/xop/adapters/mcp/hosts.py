"""Which addresses a connection may lead to: a public name never leads into an internal network."""

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from xop.ports.hosts import is_public


class InternalAddressError(OSError):
    """A public name leads to an internal address."""


def is_explicit(url: str) -> bool:
    """Say whether an address names an internal place by itself: an IP address, or this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class PublicResolver(AbstractResolver):
    """Looks names up, and refuses those that lead to anything but public addresses."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raises InternalAddressError when any of them is internal."""
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise InternalAddressError(f"the name {host} leads to an internal address")
        return found

    async def close(self) -> None:
        """Let go of the resolver within."""
        await self._inner.close()
