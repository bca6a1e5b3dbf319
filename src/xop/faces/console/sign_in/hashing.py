"""Hashing of passwords: slow on purpose, so that few of them go on at once and few wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from secrets import token_urlsafe
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from xop.faces.http.problems import ProblemError

AT_ONCE = 2
"""Hashes that are made at a time: each takes 64 MiB and a part of a second."""

WAITING = 32
"""Further ones that wait their turn; whoever comes then is asked to come back."""

_HASHER = PasswordHasher()
"""Argon2id with the parameters of RFC 9106 for little memory."""


class Hashing:
    """Makes and compares hashes in the background."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._asked = 0

    async def hash(self, password: str) -> str:
        """Return the hash of a password; raises ProblemError (503) when too many are asked for."""
        async with self._turn():
            return await asyncio.to_thread(_HASHER.hash, _plain(password))

    async def fits(self, kept: str, password: str) -> bool:
        """Say whether a password has a hash; without one it takes as long. Raises ProblemError (503) as above."""
        async with self._turn():
            return await asyncio.to_thread(_fits, kept, _plain(password))

    def is_outdated(self, kept: str) -> bool:
        """Say whether a hash was made with other parameters than are used now."""
        return _HASHER.check_needs_rehash(kept)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._asked >= self._most:
            raise ProblemError("sign-in-busy", "so many people sign in that this one was not looked at")
        self._asked += 1
        try:
            async with self._turns:
                yield
        finally:
            self._asked -= 1


@cache
def _nobody() -> str:
    """Return what a password is compared with where there is no account, so that the answer takes as long."""
    return _HASHER.hash(token_urlsafe(16))


def _fits(kept: str, password: str) -> bool:
    try:
        _HASHER.verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


def _plain(password: str) -> str:
    """Return a password as every keyboard writes it."""
    return normalize("NFKC", password)
