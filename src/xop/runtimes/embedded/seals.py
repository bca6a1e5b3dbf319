"""Sealing: what is kept of a part is encrypted under its secret, and is gone with it.

AES-256-GCM with a random nonce; the place of a row is bound to it, so that no sealed body is taken for another. Rows that
older versions wrote are in clear: JSON begins with no byte that a sealed body begins with.
"""

from base64 import b64decode, b64encode
from functools import lru_cache, partial
from os import urandom

from cryptography.exceptions import InvalidTag

from xop.ports.errors import DamagedError
from xop.runtimes.embedded.blind import Blind, timer_name
from xop.runtimes.embedded.vault import Vault

_VERSION = b"\x01"
_NONCE = 12
_BODY = 1 + _NONCE
_AHEAD = 1_024
_TEXT = "\x01"


class Seals:
    """Seals and opens bodies, given the number of the part and the place of the row; hides identifiers."""

    def __init__(self, vault: Vault, blind: Blind) -> None:
        self.vault = vault
        self.blind = blind
        self.timer = lru_cache(maxsize=4096)(partial(timer_name, blind))
        """Gives how a timer's key is kept; it is asked for when the timer is set and again when it goes."""
        self.all_closed = False
        """Whether nothing is kept in clear any more: then what is in clear was not written by the platform."""
        self._nonces = b""
        self._used = 0

    def closed(self, part: int, place: bytes, body: bytes) -> bytes:
        """Return a body sealed; raises `DamagedError` when the part was erased."""
        opened = self.vault.recent.get(part) or self.vault.opened(part)
        if opened is None:
            raise DamagedError("the customer was erased meanwhile: read it again before writing")
        if self._used == len(self._nonces):
            self._nonces, self._used = urandom(_NONCE * _AHEAD), 0  # one call to the system for many
        nonce = self._nonces[self._used : self._used + _NONCE]
        self._used += _NONCE
        return _VERSION + nonce + opened.cipher.encrypt(nonce, body, place)

    def opened(self, part: int, place: bytes, kept: bytes) -> bytes | None:
        """Return a body as it was; None when the part was erased. Raises `DamagedError` when it was changed."""
        opened = self.vault.recent.get(part) or self.vault.opened(part)
        if opened is None:
            return None
        if kept[:1] != _VERSION:
            if self.all_closed:
                raise _changed(place)
            return kept
        try:
            return opened.cipher.decrypt(kept[1:_BODY], kept[_BODY:], place)
        except (InvalidTag, ValueError) as error:  # ValueError for a body that was cut short
            raise _changed(place) from error

    def closed_text(self, part: int, place: bytes, text: str) -> str:
        """Return a text sealed, as text; an empty one stays empty."""
        return _TEXT + b64encode(self.closed(part, place, text.encode())).decode() if text else text

    def opened_text(self, part: int, place: bytes, kept: str) -> str:
        """Return a text as it was, empty when the part was erased."""
        if not kept.startswith(_TEXT):
            if kept and self.all_closed:
                raise _changed(place)
            return kept
        try:
            body = b64decode(kept[1:], validate=True)
        except ValueError as error:
            raise _changed(place) from error
        return (self.opened(part, place, body) or b"").decode()


def _changed(place: bytes) -> DamagedError:
    return DamagedError(
        f"the row {place.decode(errors='replace')} was changed, or sealed by other keys: restore the store "
        "and its keys from one backup"
    )
