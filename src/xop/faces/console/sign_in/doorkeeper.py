"""The doorkeeper: everything that is kept about who may come in, over one store."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from xop.faces.console.sign_in.accounts import INVITATION_LASTING, Accounts
from xop.faces.console.sign_in.challenges import Challenges
from xop.faces.console.sign_in.hashing import Hashing
from xop.faces.console.sign_in.passkeys import Passkeys
from xop.faces.console.sign_in.pauses import Pauses
from xop.faces.console.sign_in.sessions import Sessions
from xop.faces.console.sign_in.store import Store
from xop.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Accounts, passkeys, sessions and the pauses after failed attempts."""

    store: Store
    clock: Clock
    accounts: Accounts
    passkeys: Passkeys
    sessions: Sessions
    pauses: Pauses
    hashing: Hashing

    @classmethod
    def opened(cls, folder: Path, clock: Clock) -> Self:
        """Return the doorkeeper of a data folder, whose server may be running; raises OSError."""
        store = Store(folder)
        passkeys = Passkeys(store, clock, Challenges(clock))
        return cls(
            store, clock, Accounts(store, clock), passkeys, Sessions(store, clock), Pauses(store, clock), Hashing()
        )

    @property
    def lasting(self) -> int:
        """Milliseconds for which an invitation is good."""
        return INVITATION_LASTING

    def dismiss(self, operator: str) -> int:
        """Take everything away by which an operator comes in, and return how many sessions that ended."""
        ended = len(self.sessions.of(operator))
        self.accounts.close(operator)
        self.passkeys.forget(operator)
        self.sessions.end_all(operator)
        return ended

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()
