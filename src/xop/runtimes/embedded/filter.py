"""A filter of command ids in memory, so that a new command costs no read."""

from collections.abc import Iterable

_BITS_PER_ID = 16


class CommandFilter:
    """A growing Bloom filter over 16-byte digests: what it was given it always recognises; about one in a hundred others too."""

    def __init__(self, expected: int, least: int = 1 << 20) -> None:
        """Make room for twice as many digests as are expected, and for `least` at least; room is added when it is short."""
        self._layers: list[tuple[bytearray, int]] = []
        self._room = 0
        self._grow(max(least, 2 * expected))

    def add(self, digests: Iterable[bytes]) -> None:
        """Take in digests."""
        for digest in digests:
            if self._room == 0:
                self._grow(len(self._layers[-1][0]) * 8 // _BITS_PER_ID * 2)
            self._room -= 1
            bits, mask = self._layers[-1]
            number = int.from_bytes(digest, "little")
            one = number & mask
            other = (number >> 64) & mask
            bits[one >> 3] |= 1 << (one & 7)
            bits[other >> 3] |= 1 << (other & 7)

    def suspects(self, digests: Iterable[bytes]) -> list[bytes]:
        """Return those digests that may have been added; the others certainly were not."""
        found: list[bytes] = []
        for digest in digests:
            number = int.from_bytes(digest, "little")
            for bits, mask in self._layers:
                one = number & mask
                if bits[one >> 3] >> (one & 7) & 1:
                    other = (number >> 64) & mask
                    if bits[other >> 3] >> (other & 7) & 1:
                        found.append(digest)
                        break
        return found

    def _grow(self, ids: int) -> None:
        size = 1 << (ids * _BITS_PER_ID - 1).bit_length()
        self._layers.append((bytearray(size >> 3), size - 1))
        self._room = size // _BITS_PER_ID
