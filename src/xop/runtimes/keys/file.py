"""The workspace key in a file that only its owner may read."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xop.ports.errors import StorageError
from xop.ports.keys import KeyRefusedError
from xop.runtimes.files import replace

_BYTES = 32
_NONCE = 12
_LABEL = b"xop/workspace-key/v1"


class FileKeys:
    """Wraps keys with the key in a file, by AES-256-GCM."""

    def __init__(self, key: bytes) -> None:
        self._key = AESGCM(key)

    @classmethod
    def made(cls, path: Path) -> "FileKeys":
        """Make a new key in a file, in place of any there is. Raises `StorageError`."""
        key = os.urandom(_BYTES)
        replace(path, key)
        return cls(key)

    @classmethod
    def kept(cls, path: Path) -> "FileKeys":
        """Use the key in a file. Raises `StorageError` when it is missing or is no key."""
        try:
            key = path.read_bytes()
        except FileNotFoundError as error:
            raise StorageError(
                f"{path}: the workspace key is missing, and without it nothing in the store can be read: "
                "put the file back from its backup"
            ) from error
        except OSError as error:
            raise StorageError(f"{path}: the workspace key cannot be read: {error.strerror}") from error
        if len(key) != _BYTES:
            raise StorageError(f"{path}: this is no workspace key of {_BYTES} bytes: put the file back from its backup")
        return cls(key)

    async def wrap(self, key: bytes) -> bytes:
        """Return a key that only this custody can unwrap."""
        nonce = os.urandom(_NONCE)
        return nonce + self._key.encrypt(nonce, key, _LABEL)

    async def unwrap(self, wrapped: bytes) -> bytes:
        """Return a wrapped key; raises `KeyRefusedError` when it was wrapped elsewhere or was changed."""
        try:
            return self._key.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _LABEL)
        except (InvalidTag, ValueError) as error:
            raise KeyRefusedError("the key was wrapped by another workspace key, or was changed") from error
