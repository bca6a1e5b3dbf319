"""Challenges: what a passkey signs, which only this server can have asked for, not long ago and not twice."""

import hmac
from collections import OrderedDict
from secrets import token_bytes

from xop.ports.clock import Clock

LASTING = 15 * 60_000
"""Milliseconds for which a challenge is good."""

_RANDOM, _TIME, _SEAL = 16, 8, 32

_MOST = 10_000
"""Challenges that are remembered as used; no more are used in their time."""


class Challenges:
    """Makes challenges that need not be kept: each carries its time and a seal. A restart makes them all stale."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = token_bytes(32)
        self._used: OrderedDict[bytes, int] = OrderedDict()

    def issue(self, purpose: str) -> bytes:
        """Return a new challenge for one purpose."""
        plain = token_bytes(_RANDOM) + self._clock.now().to_bytes(_TIME, "big")
        return plain + self._seal(plain, purpose)

    def take(self, challenge: bytes, purpose: str) -> bool:
        """Say whether a challenge was made for a purpose, is still good and was not used: it is now."""
        plain, seal = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
        if not hmac.compare_digest(seal, self._seal(plain, purpose)):
            return False
        now, made = self._clock.now(), int.from_bytes(plain[_RANDOM:], "big")
        while self._used and next(iter(self._used.values())) < now - LASTING:
            self._used.popitem(last=False)
        if now - made > LASTING or challenge in self._used or len(self._used) >= _MOST:
            return False
        self._used[challenge] = now
        return True

    def _seal(self, plain: bytes, purpose: str) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + plain, "sha256")[:_SEAL]
