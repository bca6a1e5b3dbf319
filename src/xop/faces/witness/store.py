"""What a witness keeps: its key, the logs it knows, and the latest checkpoint of each that it cosigned."""

import os
from pathlib import Path

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from xop.kernel.log.verifier import ED25519, Verifier, check_name, parse_vkey

_SCHEMA = """
CREATE TABLE IF NOT EXISTS self (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, key BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS logs (vkey TEXT PRIMARY KEY, origin TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seen (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL, note BLOB NOT NULL
) STRICT;
"""
_SETTINGS = {"journal_mode": "WAL", "synchronous": "FULL", "trusted_schema": "OFF"}
_PATIENCE = 5_000
"""Milliseconds to wait for another process that writes."""

_FIRST = "INSERT INTO seen VALUES (?1, ?4, ?5, ?6, ?7) ON CONFLICT (origin) DO NOTHING"
_NEXT = "UPDATE seen SET size = ?4, root = ?5, at = ?6, note = ?7 WHERE origin = ?1 AND size = ?2 AND root = ?3"


class Seen(Struct, frozen=True):
    """The latest checkpoint of a log that was cosigned."""

    size: int
    root: bytes
    at: int
    """When, in seconds since the epoch."""
    note: bytes


class WitnessKey:
    """Signs as the witness."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self._key.sign(message)


class WitnessStore:
    """One SQLite file; whatever it returned from is on disk."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises `apsw.Error` or OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # it holds the key
        self._connection = apsw.Connection(str(path))
        self._connection.set_busy_timeout(_PATIENCE)
        for name, value in _SETTINGS.items():
            self._connection.pragma(name, value)
        self._connection.execute(_SCHEMA)

    def key(self) -> WitnessKey | None:
        """Return the witness's key, or None before there is one."""
        row = self._connection.execute("SELECT name, key FROM self").fetchone()
        return WitnessKey(*row) if row is not None else None

    def make_key(self, name: str) -> WitnessKey:
        """Return the witness's key, made for a name unless there is one."""
        check_name(name)
        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        self._connection.execute("INSERT INTO self VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING", (name, seed))
        key = self.key()
        return key or WitnessKey(name, seed)

    def know(self, log: Verifier) -> None:
        """Cosign the checkpoints of a log from now on."""
        self._connection.execute("INSERT OR IGNORE INTO logs VALUES (?, ?)", (log.vkey, log.name))

    def logs(self) -> list[Verifier]:
        """Return the keys of all logs that are known."""
        return [parse_vkey(vkey) for (vkey,) in self._connection.execute("SELECT vkey FROM logs ORDER BY origin, vkey")]

    def keys_of(self, origin: str) -> list[Verifier]:
        """Return the keys of a log; none for one that is not known."""
        return [each for each in self.logs() if each.name == origin and each.kind == ED25519]

    def seen(self, origin: str) -> Seen | None:
        """Return the latest checkpoint of a log that was cosigned."""
        row = self._connection.execute("SELECT size, root, at, note FROM seen WHERE origin = ?", (origin,)).fetchone()
        return Seen(*row) if row is not None else None

    def advance(self, origin: str, before: Seen | None, after: Seen) -> bool:
        """Put a checkpoint in the place of the one before, in one step; false when another one is there meanwhile."""
        size, root = (before.size, before.root) if before is not None else (None, None)
        bindings = (origin, size, root, after.size, after.root, after.at, after.note)
        self._connection.execute(_FIRST if before is None else _NEXT, bindings)
        return self._connection.changes() == 1

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def opened_witness(folder: Path) -> WitnessStore:
    """Open or make a witness's store in a folder; raises `apsw.Error` or OSError."""
    return WitnessStore(folder / "witness.db")
