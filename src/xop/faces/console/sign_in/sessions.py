"""Sessions that are open: begun, found by the cookie, changed and ended."""

from hashlib import sha256
from secrets import token_urlsafe

import msgspec
from msgspec.structs import replace

from xop.faces.console.sign_in.sealing import sealed, unsealed
from xop.faces.console.sign_in.session import ProviderSession, Session
from xop.faces.console.sign_in.store import Store
from xop.ports.clock import Clock

IDLE = 8 * 3_600_000
"""Milliseconds without a request after which a session is over: a working day."""

LASTING = 7 * 86_400_000
"""Milliseconds after which it is over in any case."""

LASTING_ELSEWHERE = 12 * 3_600_000
"""The same for who signed in at a provider, which is asked again each day whether they still may."""

RECENT = 15 * 60_000
"""Milliseconds after signing in during which somebody may change how they sign in."""

_SEEN = 60_000
"""Milliseconds in which further requests of a session are not noted."""

_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Session)


class Sessions:
    """The sessions of everybody who is signed in."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(
        self,
        operator: str,
        method: str,
        like: Session | None = None,
        browser: str = "",
        address: str = "",
        *,
        there: ProviderSession | None = None,
    ) -> tuple[str, Session]:
        """Return a new token for a cookie with its session, in the manner of an earlier one of the same person.

        `there` is the provider's own session, which ends this one when it ends.
        """
        token, now = token_urlsafe(32), self._clock.now()
        session = Session(_digest(token), operator, _form_token(token), now, now, method, browser, address)
        if like is not None:
            session = replace(session, purpose=like.purpose, locale=like.locale, zone=like.zone, theme=like.theme)
        if there is not None:
            hint = sealed(there.token.encode(), session.form_token)
            session = replace(session, hint=hint, subject=there.subject, provider_session=there.session)
        self._store.rows("DELETE FROM sessions WHERE seen < ?", now - IDLE)
        self._keep(session)
        return token, session

    def find(self, token: str) -> Session | None:
        """Return the session of a cookie, which was seen just now; None for one that is not known or is over."""
        session = self.known(_digest(token)) if token else None
        if session is None:
            return None
        session = replace(session, form_token=_form_token(token))
        if self._clock.now() - session.seen > _SEEN:
            return self.change(session, seen=self._clock.now())
        return session

    def known(self, digest: str) -> Session | None:
        """Return a session by the digest of its token, without what is in its forms; None for one that is over."""
        rows = self._store.rows("SELECT record FROM sessions WHERE digest = ?", digest)
        if not rows:
            return None
        session = _DECODER.decode(rows[0][0])
        if self._is_over(session):
            self.end(session)
            return None
        return session

    def change(self, session: Session, **values: str | int) -> Session:
        """Return a session as it is kept now with other values, kept: what else was changed since it was found stays so."""
        rows = self._store.rows("SELECT record FROM sessions WHERE digest = ?", session.digest)
        present = replace(_DECODER.decode(rows[0][0]), form_token=session.form_token) if rows else session
        changed = replace(present, **values)
        self._store.rows(
            "UPDATE sessions SET seen = ?, record = ? WHERE digest = ?",
            changed.seen,
            _record(changed),
            changed.digest,
        )
        return changed

    def end(self, session: Session) -> None:
        """End a session: its cookie opens nothing any more."""
        self._store.rows("DELETE FROM sessions WHERE digest = ?", session.digest)

    def end_all(self, operator: str, but: str = "") -> int:
        """End every session of an operator, but for one by its digest, and return how many there were."""
        gone = "DELETE FROM sessions WHERE operator = ? AND digest != ? RETURNING digest"
        return len(self._store.rows(gone, operator, but))

    def hint(self, session: Session) -> str:
        """Return the provider's ID token of a session that was found by its cookie; empty where there is none."""
        return unsealed(session.hint, session.form_token).decode() if session.hint else ""

    def end_there(self, subject: str, session: str, until: int) -> int:
        """End the sessions that follow from a provider's, by its mark or by the person's, and return how many there were.

        Those that began after `until` (milliseconds since the epoch) go on: the provider did not mean them.
        """
        ended = 0
        for (record,) in self._store.rows("SELECT record FROM sessions"):
            each = _DECODER.decode(record)
            meant = each.provider_session == session if session else each.subject == subject
            if each.subject and meant and subject in {"", each.subject} and each.began <= until:
                self.end(each)
                ended += 1
        return ended

    def of(self, operator: str) -> list[Session]:
        """Return the open sessions of an operator, the latest first."""
        rows = self._store.rows("SELECT record FROM sessions WHERE operator = ? ORDER BY seen DESC", operator)
        sessions = [_DECODER.decode(row[0]) for row in rows]
        return [session for session in sessions if not self._is_over(session)]

    def is_recent(self, session: Session) -> bool:
        """Say whether somebody signed in so lately that they may change how they sign in."""
        return self._clock.now() - session.began <= RECENT

    def _is_over(self, session: Session) -> bool:
        now = self._clock.now()
        lasting = LASTING_ELSEWHERE if session.method == "oidc" else LASTING
        return now - session.seen > IDLE or now - session.began > lasting

    def _keep(self, session: Session) -> None:
        values = (session.digest, session.operator, session.seen, _record(session))
        self._store.rows("INSERT INTO sessions VALUES (?, ?, ?, ?)", *values)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _form_token(token: str) -> str:
    """Return what forms carry: it follows from the token of the cookie, so that neither has to be kept."""
    return sha256(f"form:{token}".encode()).hexdigest()


def _record(session: Session) -> bytes:
    return _ENCODER.encode(replace(session, form_token=""))
