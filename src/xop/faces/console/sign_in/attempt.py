"""Attempts to sign in at the provider: what only the browser knows that began one."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe

from msgspec import Struct


class Attempt(Struct, frozen=True):
    """One attempt, all of it from one secret in a cookie of the browser: nothing has to be kept meanwhile."""

    secret: str

    @property
    def state(self) -> str:
        """Comes back with the code, and so from nobody else's attempt."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Comes back in the ID token."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Shows at last who asked for the code (RFC 7636)."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """The digest of the verifier, which the provider is told at first."""
        return _encoded(sha256(self.verifier.encode()).digest())

    def _derived(self, name: str) -> str:
        return _encoded(sha256(f"{name}:{self.secret}".encode()).digest())


def new_attempt() -> Attempt:
    """Return an attempt of its own."""
    return Attempt(token_urlsafe(32))


def _encoded(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
