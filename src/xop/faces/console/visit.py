"""Visits: one request of a person who is signed in, and how it asks the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import Any

from xop.faces.console.asking import Question, operation
from xop.faces.console.desk import Desk
from xop.faces.console.sign_in.place import Place
from xop.faces.console.sign_in.session import Session
from xop.faces.console.words import Words
from xop.faces.http.keys import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request: by whom, of what, and in which words it is answered."""

    desk: Desk
    session: Session
    caller: Caller
    words: Words
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, Sequence[str]]
    """The fields of a form that was sent; none of a page that is looked at."""
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    """The files that came with a form: their names and contents, by field."""
    place: str
    """The path and query as they were asked for."""
    at: Place
    """Where the browser has the console open."""

    async def ask(
        self,
        operation: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Any:
        """Return what an operation of the API answers this person; raises ProblemError as the API does.

        A form that was sent twice asks once: its token is the Idempotency-Key.
        """
        asked, once = (self.caller, path or {}, query or {}, body), self.field("once")
        question = Question(*asked, self.session.purpose, once, str(self.words.locale))
        return await self.desk.asking.ask(operation, question)

    async def ask_if_allowed(self, operation: str, **parts: Any) -> Any:
        """Return what an operation answers, or None when this person may not ask it."""
        return await self.ask(operation, **parts) if self.may(operation) else None

    def may(self, *operations: str) -> bool:
        """Say whether this person may ask all of these operations."""
        return self.desk.asking.allowed(self.caller, operations)

    def require(self, operations: Sequence[str]) -> None:
        """Let a visit pass that may ask these operations; raises ProblemError (403) for any other."""
        for name in operations:
            scope = operation(name).scope
            if scope is not None:
                self.caller.require(scope)

    def now(self) -> "Visit":
        """Return the visit as of this moment: what is live says how long ago things were."""
        return replace(self, words=replace(self.words, now=self.desk.platform.runtime.clock.now()))

    def once(self) -> str:
        """Return a new name for a form that is about to be shown, so that it counts once however often it is sent."""
        return token_urlsafe(16)

    def field(self, name: str, otherwise: str = "") -> str:
        """Return a field of the form without blanks around it."""
        values = self.form.get(name, ())
        return values[0].strip() if values else otherwise

    def fields(self, name: str) -> tuple[str, ...]:
        """Return every value of a field of the form."""
        return tuple(self.form.get(name, ()))
