"""Accounts: by what operators sign in who have no other system to do it for them."""

from hashlib import sha256
from secrets import token_urlsafe

from xop.faces.console.sign_in.store import Store
from xop.faces.console.words import marked
from xop.ports.clock import Clock

INVITATION_LASTING = 3 * 86_400_000
"""Milliseconds for which an invitation is good."""

LEAST = 12
"""Characters of a password (NIST SP 800-63B asks for 8, and for 15 where it is the only factor of a privileged account)."""

MOST = 200

_DIFFERENT = 5
"""Characters of a password that differ from each other, at the least."""


class Accounts:
    """The accounts of operators: hashes of passwords, and invitations to choose one."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def invite(self, operator: str) -> str:
        """Return a token by which an operator may choose a password once; an earlier one is no longer good."""
        token = token_urlsafe(24)
        self._store.rows("DELETE FROM invitations WHERE operator = ?", operator)
        until = self._clock.now() + INVITATION_LASTING
        self._store.rows("INSERT INTO invitations VALUES (?, ?, ?)", _digest(token), operator, until)
        return token

    def invited(self, token: str) -> str | None:
        """Return whom an invitation is for; None for one that is not good."""
        found = self._store.rows(
            "SELECT operator FROM invitations WHERE digest = ? AND until > ?", _digest(token), self._clock.now()
        )
        return found[0][0] if found else None

    def accept(self, token: str, hashed: str) -> str | None:
        """Keep the hash of a password for whom an invitation is for, and return their name; None for one not good."""
        found = self._store.rows(
            "DELETE FROM invitations WHERE digest = ? AND until > ? RETURNING operator",
            _digest(token),
            self._clock.now(),
        )
        if not found:
            return None
        operator: str = found[0][0]
        self.keep(operator, hashed)
        return operator

    def kept(self, operator: str) -> str:
        """Return the hash of an operator's password; empty where they have none."""
        rows = self._store.rows("SELECT password FROM accounts WHERE operator = ?", operator)
        return rows[0][0] if rows else ""

    def keep(self, operator: str, hashed: str) -> None:
        """Keep the hash of an operator's new password."""
        self._store.rows(
            "INSERT INTO accounts VALUES (?1, ?2, ?3) ON CONFLICT (operator) DO UPDATE SET password = ?2, changed = ?3",
            operator,
            hashed,
            self._clock.now(),
        )

    def close(self, operator: str) -> None:
        """Take an operator's password away, and any invitation that is open."""
        self._store.rows("DELETE FROM accounts WHERE operator = ?", operator)
        self._store.rows("DELETE FROM invitations WHERE operator = ?", operator)


def weakness(operator: str, password: str) -> str:
    """Return why a password is not good enough, with `{least}` and `{most}` for how long it may be; empty when it is."""
    if not LEAST <= len(password) <= MOST:
        return marked("A password has {least} to {most} characters.")
    if len(set(password)) < _DIFFERENT:
        return marked("The password repeats itself: put a few words together that nobody else would.")
    if operator.lower() in password.lower() and len(password) - len(operator) < LEAST:
        return marked("The password is little more than the name: put a few words together that nobody else would.")
    return ""


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
