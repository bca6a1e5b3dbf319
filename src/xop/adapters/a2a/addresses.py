"""Addresses: which ones may be reached when somebody else names them."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from xop.ports.hosts import is_public

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[str, int] | tuple[int, bytes]]
"""What name resolution tells of one way to a host."""


class InternalAddressError(OSError):
    """An address that is not reachable for everybody, so that nobody may have it called by us."""


def url_mistake(url: str, *, loopback: bool = False) -> str:
    """Return why a URL may not be called, or nothing; plain http is for this machine alone."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "the address cannot be read"
    allowed = ("http", "https") if loopback else ("https",)
    if parts.scheme not in allowed or not host or port == 0:
        return f"the address does not begin with {' or '.join(f'{each}://' for each in allowed)} and a host"
    if parts.username is not None or parts.password is not None:
        return "the address holds credentials"
    return "" if url.isascii() and url.isprintable() and " " not in url else "the address is not printable ASCII"


async def resolved(url: str, *, loopback: bool = False) -> str:
    """Return why the host of a URL may not be reached as it resolves now, or nothing."""
    mistake = url_mistake(url, loopback=loopback)
    if mistake:
        return mistake
    parts = urlsplit(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return "the host of the address cannot be found"
    if all(is_public(str(each[4][0]), loopback=loopback) for each in found):
        return ""
    return "the address leads into a network that is not public"


def guarded_session(
    *,
    loopback: bool = False,
    internal: bool = False,
    verify: bool = True,
    concurrency: int = 8,
    resolver: AbstractResolver | None = None,
    trace: aiohttp.TraceConfig | None = None,
) -> aiohttp.ClientSession:
    """Return a session that connects to public addresses only; what is checked is the very address connected to.

    `loopback` allows this machine too, `internal` every address.
    """
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    connector = aiohttp.TCPConnector(
        limit=concurrency,
        ssl=context,
        resolver=resolver,
        socket_factory=None if internal else _sockets(loopback=loopback),
        use_dns_cache=False,  # each connection is checked by what the name leads to at that moment
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None),
        trace_configs=[trace] if trace is not None else [],
        headers={"user-agent": "xop", "accept-encoding": "identity"},
    )


def _sockets(*, loopback: bool) -> Callable[[AddressInfo], socket.socket]:
    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_public(str(address[0]), loopback=loopback):
            raise InternalAddressError("the address leads into a network that is not public")
        return socket.socket(family, kind, protocol)

    return make
