"""Sealed states: what a client carries for us between two requests, unreadable, unforgeable and soon over."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec
from mcp.server.request_state import AESGCMRequestStateCodec, InvalidRequestState
from msgspec import Struct

from xop.kernel.base.json import canonical

LIFETIME = 15 * 60_000
"""Milliseconds for which a question stays open."""

_KEY_FILE = "mcp.key"
_KEY_BYTES = 32

Kind = Literal["purpose", "verification", "upstream", "step_up"]


class State(Struct, frozen=True, array_like=True):
    """What a sealed state says."""

    kind: Kind
    nonce: str
    """Names the use that may be made of it, which is one."""
    until: int
    """When it is over, in milliseconds since the epoch."""
    actor: str
    """The only principal that may use it."""
    bound: str
    """The digest of the only request it may be used with."""
    content: dict[str, Any]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(State)


class Seal:
    """Seals and opens states by a key of its own."""

    def __init__(self, key: bytes) -> None:
        self._codec = AESGCMRequestStateCodec([key])

    def close(self, state: State) -> str:
        """Return a state as opaque text."""
        return self._codec.seal(_ENCODER.encode(state))

    def open(self, sealed: str, kind: Kind, now: int) -> State | None:
        """Return what was sealed, or None when it is not ours, of another kind, or over."""
        try:
            state = _DECODER.decode(self._codec.unseal(sealed))
        except (InvalidRequestState, msgspec.MsgspecError):
            return None
        return state if state.kind == kind and now < state.until else None


def kind_of(seal: Seal, sealed: str, now: int) -> State | None:
    """Return what was sealed, of whatever kind a request may bring back, or None."""
    kinds: tuple[Kind, ...] = ("purpose", "verification", "upstream")
    return next((state for kind in kinds if (state := seal.open(sealed, kind, now))), None)


def digest(*parts: Any) -> str:
    """Return what stands for a request in a state that is bound to it."""
    return sha256(canonical(list(parts))).hexdigest()[:32]


def sealing_key(folder: Path) -> bytes:
    """Return the key of a data folder, from `XOP_SEAL_KEY` or a file made on first use; raises OSError."""
    given = os.environ.get("XOP_SEAL_KEY", "")
    if given:
        return sha256(given.encode()).digest()
    path = folder / _KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = os.urandom(_KEY_BYTES)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
        return key
