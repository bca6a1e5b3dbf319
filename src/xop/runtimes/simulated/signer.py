"""A signer whose key is always the same, so that a simulation repeats itself."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "log.xop/simulated"


class SimulatedSigner:
    """Signs by Ed25519 with a key that is no secret."""

    def __init__(self, name: str = ORIGIN) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(sha256(ORIGIN.encode()).digest())
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self._key.sign(message)
