"""Pauses: whoever fails to sign in again and again waits longer each time, by name and by network address."""

from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from msgspec import Struct

from xop.faces.console.sign_in.store import Store
from xop.ports.clock import Clock

_FORGOTTEN = 86_400_000
"""Milliseconds after the last attempt at which it begins from nothing."""

_MOST = 20_000
"""Names and addresses that are remembered; the oldest go first."""


class Patience(Struct, frozen=True):
    """How many failures are borne with before there are pauses, and how long those become."""

    kind: str
    failures: int
    longest: int
    """Milliseconds."""


ACCOUNT = Patience("account", 5, 15 * 60_000)
"""Typing errors of one person."""

ADDRESS = Patience("address", 30, 5 * 60_000)
"""Those of a whole office behind one address."""


class Key(Struct, frozen=True):
    """Whose attempts are counted."""

    patience: Patience
    name: str
    """A digest: what was typed as a name may have been a password."""


def account_key(name: str) -> Key:
    """Return the key of a name that somebody gave, whether or not there is such an account."""
    return Key(ACCOUNT, _digest("account", name))


def address_key(address: str) -> Key:
    """Return the key of a network address; a network of IPv6 addresses, which one household has, is one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return Key(ADDRESS, _digest("address", address))
    whole = int(parsed) >> 64 if isinstance(parsed, IPv6Address) else int(parsed)
    return Key(ADDRESS, _digest("address", f"{parsed.version}/{whole}"))


class Pauses:
    """Counts attempts, and says how long to wait; kept in the store, so that a restart forgives nobody."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self, *keys: Key) -> int:
        """Return how many milliseconds are to be waited; 0 lets an attempt go on, which counts as failed until forgiven.

        Counting comes first, so that attempts made side by side do not slip through together.
        """
        now = self._clock.now()
        counted = [self._counted(key, now) for key in keys]
        wait = max(until - now for _, until in counted)
        if wait > 0:
            return wait
        for key, (failures, _) in zip(keys, counted, strict=True):
            pause = _pause(key.patience, failures + 1)
            self._store.rows(
                "INSERT INTO pauses VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT (key) DO UPDATE SET failures = ?2, until = ?3, last = ?4",
                *(key.name, failures + 1, now + pause, now),
            )
        self._trim(now)
        return 0

    def forgive(self, account: Key, address: Key) -> None:
        """Take back what an attempt counted that was right: all of the account's, and this one of the address."""
        self.forget(account)
        self.release(address)

    def forget(self, key: Key) -> None:
        """Take back everything that was counted."""
        self._store.rows("DELETE FROM pauses WHERE key = ?", key.name)

    def release(self, address: Key) -> None:
        """Take back one attempt from an address."""
        self._store.rows("UPDATE pauses SET failures = max(failures - 1, 0), until = 0 WHERE key = ?", address.name)

    def _counted(self, key: Key, now: int) -> tuple[int, int]:
        """Return how many attempts of a key failed, and until when it waits."""
        rows = self._store.rows("SELECT failures, until, last FROM pauses WHERE key = ?", key.name)
        if not rows or now - rows[0][2] > _FORGOTTEN:
            return 0, 0
        return rows[0][0], rows[0][1]

    def _trim(self, now: int) -> None:
        self._store.rows("DELETE FROM pauses WHERE last < ?", now - _FORGOTTEN)
        beyond = self._store.rows("SELECT count(*) FROM pauses")[0][0] - _MOST
        if beyond > 0:
            self._store.rows("DELETE FROM pauses WHERE key IN (SELECT key FROM pauses ORDER BY last LIMIT ?)", beyond)


def _pause(patience: Patience, failures: int) -> int:
    """Return the pause after so many failures: a second, and twice as long each time."""
    over = failures - patience.failures
    return 0 if over < 0 else min(1000 << min(over, 30), patience.longest)


def _digest(kind: str, name: str) -> str:
    return sha256(f"{kind}:{name}".encode()).hexdigest()
