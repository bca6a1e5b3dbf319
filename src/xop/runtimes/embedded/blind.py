"""Blind indexes: what the store must find by value is kept as a keyed digest, so that no table names anybody."""

import re
from collections.abc import Callable
from hashlib import blake2b

Blind = Callable[[str, str], str]
"""Gives what stands for a value of a namespace."""

_BYTES = 16
_OWN = re.compile(r"[a-z]{2,12}:[a-z]{2,8}_[0-9a-f]{20,}(:-?[0-9]+)?")
"""A timer's key made of nothing but an id that the platform gave."""
_KIND = re.compile(r"[a-z]{2,12}:")
_HIDDEN = "\x01"


def blinded(key: bytes) -> Blind:
    """Return what hides values under a key; equal ones are hidden alike."""

    def blind(namespace: str, value: str) -> str:
        named = f"{namespace}\0{value}".encode("utf-8", "surrogatepass")
        return blake2b(named, digest_size=_BYTES, key=key).hexdigest()

    return blind


def timer_name(blind: Blind, key: str) -> str:
    """Return how a timer's key is kept: as it is when it is the platform's own, or else its kind and a digest."""
    if _OWN.fullmatch(key):
        return key
    return f"{timer_kind(key)}{_HIDDEN}{blind('timer', key)}"


def timer_kind(key: str) -> str:
    """Return what a timer's key begins with up to its first colon, where that is one of the platform's own words."""
    found = _KIND.match(key)
    return found.group() if found else ""
