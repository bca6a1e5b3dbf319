"""Hosts: which IP addresses are of the public internet, so that others may have them called."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses by which networks without IPv4 reach what has nothing else (RFC 6052)."""

_REFUSED = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890): gateways nearby
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "::/96",  # IPv4-compatible (RFC 4291)
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
        "64:ff9b:1::/48",  # NAT64 within one network (RFC 8215)
        "2001::/32",  # Teredo (RFC 4380)
        "2002::/16",  # 6to4 (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
    )
)
"""Networks that lead elsewhere than they say, or to nobody; not every Python release knows all of them."""


def is_public(address: str, *, loopback: bool = False) -> bool:
    """Return whether an IP address is one of the public internet; with `loopback`, of this machine too.

    An address that carries another one is as public as that; what cannot be read is not public.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return loopback
    if isinstance(found, IPv6Address) and found in _NAT64:
        found = IPv4Address(int(found) & 0xFFFFFFFF)
    return not (
        not found.is_global
        or found.is_multicast
        or found.is_reserved
        or (isinstance(found, IPv6Address) and found.is_site_local)
        or any(found in network for network in _REFUSED)
    )
