"""Which addresses a connection may lead to: none of an internal network, unless the workspace says so."""

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from xop.ports.hosts import is_public


class InternalAddressError(OSError):
    """A name leads, or an address is, where only an internal network is."""


def names_loopback(url: str) -> bool:
    """Say whether an address names this machine by itself, which whoever writes it means."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return is_public(host, loopback=True) and not is_public(host)


def public_sockets(*, loopback: bool) -> Callable[[Any], socket.socket]:
    """Return what makes sockets to public addresses alone, with `loopback` to this machine too.

    It is asked for addresses too that are written as such, of which no resolver hears; raises InternalAddressError.
    """

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_public(str(address[0]), loopback=loopback):
            raise InternalAddressError("the address leads into an internal network")
        return socket.socket(family, kind, protocol)

    return make


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
