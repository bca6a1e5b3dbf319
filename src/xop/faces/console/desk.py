"""The desk: what all pages of the console share."""

from asyncio import Event
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from xop.assembly import Platform
from xop.faces.console.asking import Asking
from xop.faces.console.live import Shows
from xop.faces.console.menu import Menu
from xop.faces.console.notices import Notices
from xop.faces.console.rendering import Rendering
from xop.faces.console.sign_in.accounts import Accounts
from xop.faces.console.sign_in.doorkeeper import Doorkeeper
from xop.faces.console.sign_in.hashing import Hashing
from xop.faces.console.sign_in.passkeys import Passkeys
from xop.faces.console.sign_in.pauses import Pauses
from xop.faces.console.sign_in.session import Session
from xop.faces.console.sign_in.sessions import Sessions
from xop.faces.console.sign_in.terms import Terms
from xop.faces.console.uploads import Uploads
from xop.faces.console.wire import cookie
from xop.faces.console.words import Words, best_locale, zone_named
from xop.faces.http.keys import Caller
from xop.faces.http.operation import Face
from xop.faces.languages import Languages
from xop.kernel.base.actor import Actor


@dataclass(frozen=True)
class Desk:
    """What all pages share."""

    face: Face
    doorkeeper: Doorkeeper
    terms: Terms
    notices: Notices
    rendering: Rendering
    menu: Menu
    languages: Languages
    uploads: Uploads = field(default_factory=Uploads)

    @property
    def secure(self) -> bool:
        """Whether people reach it over https."""
        return self.terms.secure

    @property
    def accounts(self) -> Accounts:
        """The passwords of operators."""
        return self.doorkeeper.accounts

    @property
    def passkeys(self) -> Passkeys:
        """The passkeys of operators."""
        return self.doorkeeper.passkeys

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return self.doorkeeper.sessions

    @property
    def pauses(self) -> Pauses:
        """Who has to wait before they try to sign in again."""
        return self.doorkeeper.pauses

    @property
    def hashing(self) -> Hashing:
        """What makes and compares hashes of passwords."""
        return self.doorkeeper.hashing

    @property
    def platform(self) -> Platform:
        """The platform that is looked at."""
        return self.face.platform

    @property
    def closing(self) -> Event:
        """Set when the server stops."""
        return self.face.closing

    @cached_property
    def asking(self) -> Asking:
        """How pages ask the API."""
        return Asking(self.face)

    @cached_property
    def shows(self) -> Shows:
        """The pages that are looked at."""
        return Shows(self.platform.engine, self.closing)

    async def learn(self) -> None:
        """Take over what the present release says about signing in."""
        await self.terms.learn(self.platform.engine.release)

    def admitted(self, session: Session | None) -> Caller | None:
        """Return who is signed in with a session; None once they are no operator, or may not sign in that way any more."""
        if session is None or not self.terms.admits(session):
            return None
        return self.caller(session.operator)

    def caller(self, operator: str) -> Caller | None:
        """Return an operator as a caller of the API under the present release; None for one it does not know."""
        principal = self.platform.engine.release.principals.get(Actor("operator", operator))
        if principal is None:
            return None
        return Caller(principal, principal.actor, frozenset(principal.granted_scopes))

    def meter(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note a request that has ended."""
        self.face.meters.observe(method if method in {"GET", "HEAD", "POST"} else "other", route, status, seconds)

    def words(self, locale: str, zone: str, headers: Mapping[bytes, bytes]) -> Words:
        """Return the words of a reader: as they chose, or as their browser says."""
        accepted = headers.get(b"accept-language", b"").decode("latin-1")
        zone = zone or unquote(cookie(headers, "xop_zone"))
        spoken = best_locale(locale, accepted)
        return Words(spoken, zone_named(zone), self.platform.runtime.clock.now(), self.languages.of(spoken))
