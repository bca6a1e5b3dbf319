"""Bundles of leaves (C2SP tlog-tiles): up to 256 leaves, each after its length in two bytes, big end first."""

from collections.abc import Iterable

from xop.kernel.log.errors import FormatError
from xop.kernel.log.tile import WIDTH

LONGEST_LEAF = 65_535
"""Bytes."""
_PREFIX = 2


def bundled(leaves: Iterable[bytes]) -> bytes:
    """Return the bytes of a bundle of leaves."""
    parts: list[bytes] = []
    for leaf in leaves:
        if len(leaf) > LONGEST_LEAF:
            raise FormatError(f"a leaf of {len(leaf)} bytes is too long: at most {LONGEST_LEAF}")
        parts += (len(leaf).to_bytes(_PREFIX, "big"), leaf)
    if len(parts) > 2 * WIDTH:
        raise FormatError(f"a bundle holds at most {WIDTH} leaves, not {len(parts) // 2}")
    return b"".join(parts)


def unbundled(data: bytes) -> tuple[bytes, ...]:
    """Return the leaves of a bundle; `FormatError` when it ends within one or holds too many."""
    leaves: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _PREFIX
        end = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or end > len(data):
            raise FormatError(f"the bundle ends within leaf {len(leaves)}")
        leaves.append(data[start:end])
        at = end
    if len(leaves) > WIDTH:
        raise FormatError(f"the bundle holds {len(leaves)} leaves, at most {WIDTH} are allowed")
    return tuple(leaves)
