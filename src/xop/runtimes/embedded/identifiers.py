"""Identifiers as the store looks them up: by keyed digests, so that no table names anybody."""

from collections.abc import Callable
from hashlib import blake2b

from xop.kernel.identity.model import Identifier

Blind = Callable[[Identifier], str]
"""Gives what stands for an identifier's value in the table of links."""

_BYTES = 16


def blinded(key: bytes) -> Blind:
    """Return what hides identifiers under a key; equal ones are hidden alike."""

    def blind(identifier: Identifier) -> str:
        named = f"{identifier.namespace}\0{identifier.value}".encode("utf-8", "surrogatepass")
        return blake2b(named, digest_size=_BYTES, key=key).hexdigest()

    return blind
