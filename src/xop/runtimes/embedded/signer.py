"""The log's signing key and its origin, which the data folder keeps."""

from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xop.kernel.log.succession import is_origin
from xop.ports.errors import StorageError
from xop.runtimes.files import PUBLIC, replace, told

_BYTES = 32


class FileSigner:
    """Signs by Ed25519 with a key from a file that only its owner may read."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name = name
        self.public = key.public_key().public_bytes_raw()
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self._key.sign(message)


def opened_signer(key: Path, origin: Path, given: str | None, *, began: bool) -> FileSigner:
    """Return who signs for a log under its origin, made with the first use of a folder and fixed from then on.

    `began` says that the log has leaves, whose key must not be made anew. Raises `StorageError`.
    """
    with told(key):
        if not key.exists():
            if began:
                raise StorageError(
                    f"{key}: the key that signs the log is missing: put the file back from its backup, for the log "
                    "cannot go on under another key"
                )
            replace(key, Ed25519PrivateKey.generate().private_bytes_raw())
        seed = key.read_bytes()
    if len(seed) != _BYTES:
        raise StorageError(f"{key}: this is no Ed25519 key of {_BYTES} bytes: put the file back from its backup")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return FileSigner(_origin(origin, given, private.public_key().public_bytes_raw(), began=began), private)


def _origin(path: Path, given: str | None, public: bytes, *, began: bool) -> str:
    if given is not None and not is_origin(given):
        raise StorageError(
            f"{given!r} cannot be the origin of a log: give a name without spaces and without a plus sign"
        )
    with told(path):
        if not path.exists():
            if began and given is None:
                raise StorageError(
                    f"{path}: the name of the log is missing: put the folder of the log back from its backup, for under "
                    "another name it would be another log, which no witness knows"
                )
            name = given or f"log.xop/{sha256(public).hexdigest()[:16]}"
            replace(path, f"{name}\n".encode(), PUBLIC)
        kept = path.read_text(encoding="utf-8").strip()
    if not is_origin(kept):
        raise StorageError(f"{path}: this is no origin of a log: put the file back from its backup")
    if given not in (None, kept):
        raise StorageError(f"{path}: the log has the origin {kept!r} for good: give that one, or none")
    return kept
