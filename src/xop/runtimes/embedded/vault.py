"""The secrets of parts in one flat file, each in the slot of its part's number, wrapped by the data key."""

import hmac
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xop.kernel.audit.leaf import Subject
from xop.ports.errors import DamagedError, StorageError
from xop.runtimes.files import PRIVATE, replace, settle, told

BLOCK = 1_024
"""Slots made ahead with one write, so that a new customer costs no fsync."""
ROOM = 8_192
"""Opened secrets kept in memory, twice over; one with its cipher takes 3 kB."""

_SLOT = 64
_SECRET = 32
_NONCE = 12
_HEAD = b"XOPKEYS\x01".ljust(_SLOT, b"\0")
_NUMBER = 8
_LIVE = b"\x01\0\0\0"
_GONE = bytes(_SLOT)
_SEAL = b"xop/seal/v1\0"


class Opened:
    """The secret of a part, and the cipher that seals what is kept of it."""

    __slots__ = ("cipher", "secret", "subject")

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.cipher = AESGCM(hmac.digest(secret, _SEAL, "sha256"))
        self.subject: Subject | None = None
        """What the log calls the part, once it was asked."""


class Vault:
    """Slots of 64 bytes by part number, and the list of those destroyed.

    A slot is used only when it is durable. Of those beyond the highest part number in use, what a kill cut short is
    written over; secrets stay, since the store may be an older copy of one that uses them. A destroyed slot is zeros; its
    number is listed first, so that destroying goes on after a kill, and so that an older copy of the store can be told
    whom it must forget.
    """

    def __init__(self, slots: Path, destroyed: Path, data_key: bytes) -> None:
        """Open the files; raises `StorageError` when they are missing or are something else."""
        self._path = slots
        self._journal = destroyed
        self._cipher = AESGCM(data_key)
        self.recent: dict[int, Opened] = {}
        """Secrets opened lately, by part number."""
        self._older: dict[int, Opened] = {}
        with told(slots):
            try:
                self._file = os.open(slots, os.O_RDWR)
            except FileNotFoundError as error:
                raise StorageError(
                    f"{slots}: the secrets of customers are missing, and without them nothing kept of customers can be "
                    "read: put the file back from its backup"
                ) from error
            if os.pread(self._file, _SLOT, 0) != _HEAD:
                os.close(self._file)
                raise StorageError(f"{slots}: this file holds no secrets: put it back from its backup")
        self.destroyed = self._listed()
        """The numbers of parts that were erased, or are just now."""
        self._ready = 0

    @staticmethod
    def make(slots: Path) -> None:
        """Make a file without secrets, where there is none."""
        if not slots.exists():
            replace(slots, _HEAD)

    def begin(self, highest: int) -> None:
        """Trust the slots up to the highest part number in use; raises `StorageError` when the file has fewer."""
        if os.fstat(self._file).st_size < (highest + 1) * _SLOT:
            raise StorageError(
                f"{self._path}: the file lacks secrets of customers that the store has: put back its latest copy"
            )
        self._ready = highest

    def reserve(self, highest: int) -> None:
        """Make durable slots up to a part number and some beyond, unless they are there."""
        if highest <= self._ready:
            return
        first, count = self._ready + 1, highest - self._ready + BLOCK - 1
        secrets, nonces = os.urandom(_SECRET * count), os.urandom(_NONCE * count)
        there = self._there(first, count)
        block = b"".join(
            _GONE
            if number in self.destroyed
            else there.get(number)
            or self._wrapped(
                number, secrets[each * _SECRET : (each + 1) * _SECRET], nonces[each * _NONCE : (each + 1) * _NONCE]
            )
            for each, number in enumerate(range(first, first + count))
        )
        with told(self._path):
            _put(self._file, block, first * _SLOT)
            os.fsync(self._file)
        self._ready = first + count - 1

    def opened(self, number: int) -> Opened | None:
        """Return what seals a part; None when it was destroyed. Raises `DamagedError` when the slot was damaged."""
        found = self.recent.get(number)
        if found is None:
            found = self._older.get(number) or self._unwrapped(number)
            if found is not None:
                if len(self.recent) >= ROOM:
                    self._older, self.recent = self.recent, {}
                self.recent[number] = found
        return found

    def destroy(self, numbers: Collection[int]) -> None:
        """List some parts as destroyed, durably, then write zeros over their secrets."""
        listed = b"".join(number.to_bytes(_NUMBER, "big") for number in numbers)
        with told(self._journal):
            fresh = not self._journal.exists()
            journal = os.open(self._journal, os.O_RDWR | os.O_CREAT, PRIVATE)
            try:
                # What a kill left of a number is no number: the list goes on where the last whole one ended.
                end = os.fstat(journal).st_size // _NUMBER * _NUMBER
                try:
                    os.ftruncate(journal, end)
                    _put(journal, listed, end)
                    os.fsync(journal)
                except OSError:
                    # Some of the numbers alone would erase some parts of a customer and leave the others.
                    os.ftruncate(journal, end)
                    raise
            finally:
                os.close(journal)
            if fresh:
                settle((self._journal.parent,))
        self.destroyed.update(numbers)
        self.clear(numbers)

    def clear(self, numbers: Iterable[int]) -> None:
        """Write zeros over the secrets of destroyed parts, durably, and forget them."""
        with told(self._path):
            end = os.fstat(self._file).st_size // _SLOT
            for number in numbers:
                self.recent.pop(number, None)
                self._older.pop(number, None)
                if number < end:
                    os.pwrite(self._file, _GONE, number * _SLOT)
            os.fsync(self._file)

    def tidy(self) -> None:
        """Write zeros over the secrets of destroyed parts that still have any: an older copy of the file may."""
        end = os.fstat(self._file).st_size // _SLOT
        left = [number for number in self.destroyed if number < end and self._slot(number) != _GONE]
        if left:
            self.clear(left)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _listed(self) -> set[int]:
        with told(self._journal):
            try:
                listed = self._journal.read_bytes()
            except FileNotFoundError:
                return set()
        whole = len(listed) // _NUMBER * _NUMBER
        return {int.from_bytes(listed[at : at + _NUMBER], "big") for at in range(0, whole, _NUMBER)}

    def _there(self, first: int, count: int) -> dict[int, bytes]:
        """Return those of some slots that hold a secret: a later copy of the store may be put back yet, and need them."""
        with told(self._path):
            block = os.pread(self._file, count * _SLOT, first * _SLOT)
        slots = {first + at // _SLOT: block[at : at + _SLOT] for at in range(0, len(block), _SLOT)}
        return {number: slot for number, slot in slots.items() if self._secret(number, slot) is not None}

    def _slot(self, number: int) -> bytes:
        with told(self._path):
            return os.pread(self._file, _SLOT, number * _SLOT)

    def _wrapped(self, number: int, secret: bytes, nonce: bytes) -> bytes:
        return _LIVE + nonce + self._cipher.encrypt(nonce, secret, b"slot:%d" % number)

    def _secret(self, number: int, slot: bytes) -> bytes | None:
        try:
            return self._cipher.decrypt(slot[4:16], slot[16:], b"slot:%d" % number) if slot[:4] == _LIVE else None
        except (InvalidTag, ValueError):  # ValueError for a slot that was cut short
            return None

    def _unwrapped(self, number: int) -> Opened | None:
        if self._file < 0:
            raise StorageError("the store is closed")
        if number in self.destroyed:
            return None
        secret = self._secret(number, self._slot(number)) if number <= self._ready else None
        if secret is not None:
            return Opened(secret)
        raise DamagedError(
            f"{self._path}: the secret of part {number} was damaged or is of another store: put the file back from its backup"
        )


def _put(file: int, data: bytes, at: int) -> None:
    """Write all of some bytes: a disk that is nearly full takes a part of them, and says so only when asked again."""
    while data:
        written = os.pwrite(file, data, at)
        data, at = data[written:], at + written
