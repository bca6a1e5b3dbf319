"""The cosignature/v1 of a witness (C2SP tlog-cosignature): a checkpoint's text signed together with a time."""

from xop.kernel.log.errors import FormatError

_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_LATEST = 2**63 - 1


def cosigned_message(text: str, at: int) -> bytes:
    """Return what a witness signs: the note text it saw consistent at a time, in whole seconds since the epoch."""
    if not 0 <= at <= _LATEST:
        raise FormatError(f"a cosignature cannot be of the time {at}")
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def packed(at: int, signature: bytes) -> bytes:
    """Return the payload of a cosignature line: the time in 8 bytes, big end first, and the signature."""
    if len(signature) != _SIGNATURE_BYTES:
        raise FormatError(f"an Ed25519 signature has {_SIGNATURE_BYTES} bytes, not {len(signature)}")
    return at.to_bytes(_TIME_BYTES, "big") + signature


def unpacked(payload: bytes) -> tuple[int, bytes]:
    """Return the time and the signature of a cosignature's payload."""
    if len(payload) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise FormatError(f"a cosignature has {_TIME_BYTES + _SIGNATURE_BYTES} bytes, not {len(payload)}")
    at = int.from_bytes(payload[:_TIME_BYTES], "big")
    if at > _LATEST:
        raise FormatError(f"a cosignature cannot be of the time {at}")
    return at, payload[_TIME_BYTES:]
