"""Which addresses a connection may lead to: a public name never leads into an internal network."""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult


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
        if any(_is_internal(each["host"]) for each in found):
            raise InternalAddressError(f"the name {host} leads to an internal address")
        return found

    async def close(self) -> None:
        """Let go of the resolver within."""
        await self._inner.close()


def _is_internal(address: str) -> bool:
    try:
        found: Any = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    mapped = getattr(found, "ipv4_mapped", None) or found
    return not mapped.is_global or mapped.is_multicast
