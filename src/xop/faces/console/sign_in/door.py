"""The door: one page of the console for whoever is not signed in yet, and how a session begins behind it."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import unquote

from starlette.types import Receive, Scope, Send

from xop.faces.console.desk import Desk
from xop.faces.console.sign_in.browser import browser_of
from xop.faces.console.sign_in.place import Place
from xop.faces.console.sign_in.session import ProviderSession
from xop.faces.console.wire import (
    HOME,
    cookie,
    cookie_header,
    fields,
    own_cookie,
    own_place,
    read_form,
    require_same_origin,
    send_answer,
    session_cookie,
)
from xop.faces.console.words import Words, marked
from xop.faces.http.body import Disconnected
from xop.faces.http.problems import UNAVAILABLE, ProblemError, unavailable

LOG = logging.getLogger("xop.console")

LARGEST = 65_536
"""Bytes of a form of somebody who is not signed in."""

_WEEK = 7 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request of somebody who is not signed in."""

    desk: Desk
    headers: Mapping[bytes, bytes]
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    form: Mapping[str, Sequence[str]]
    address: str
    """The network address that it came from."""

    def field(self, name: str) -> str:
        """Return a field of the form as it was typed."""
        return "".join(self.form.get(name, ())[-1:])

    @property
    def words(self) -> Words:
        """How the browser wants its reader to be spoken to."""
        return self.desk.words("", "", self.headers)

    def parameter(self, name: str) -> str:
        """Return a value of the query."""
        return "".join(self.query.get(name, ())[-1:])

    def cookie(self, name: str) -> str:
        """Return the value of one of the console's own cookies; empty when there is none."""
        return cookie(self.headers, own_cookie(name, secure=self.desk.secure))

    @property
    def then(self) -> str:
        """Where to go once signed in: a page of the console, and nowhere else."""
        return own_place(self.parameter("then"))

    @property
    def place(self) -> Place:
        """Where the browser has the console open."""
        return self.desk.terms.place(self.headers)


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer to an arrival: a page, or where to go on."""

    template: str = ""
    model: Mapping[str, Any] | None = None
    status: int = 200
    to: str = ""
    operator: str = ""
    """Who is signed in from now on."""
    method: str = ""
    there: ProviderSession | None = None
    """The provider's own session, where somebody signed in at one."""
    kept: tuple[str, str, int] | None = None
    """A cookie to set: its name, its value and for how many seconds; for 0 it ends."""
    wait: int = 0
    """Seconds to wait before the next attempt."""


Way = Callable[[Arrival], Awaitable[Opened]]


class Door:
    """Serves one page for whoever is not signed in."""

    def __init__(self, desk: Desk, route: str, look: Way | None, knock: Way | None = None) -> None:
        self._desk = desk
        self._route = route
        self._look = look
        self._knock = knock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, status = perf_counter(), 500
        try:
            status = await self._answer(scope, receive, send)
        except Disconnected:
            status = 499
        finally:
            self._desk.meter(scope["method"], self._route, status, perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        more: list[tuple[bytes, bytes]] = []
        try:
            opened = await self._open(scope, receive, headers)
        except ProblemError as problem:
            opened = _refused(problem)
            more += self._allowed(problem)
        except UNAVAILABLE as error:
            opened = _refused(unavailable(error))
        except Disconnected:
            raise
        except Exception:
            LOG.exception("%s %s ended in a fault", scope["method"], self._route)
            opened = _refused(ProblemError("internal", "the page met a fault"))
        more += self._set(opened, scope, headers)
        if opened.to:
            more.append((b"location", opened.to.encode()))
            await send_answer(send, 303, b"", more, secure=self._desk.secure)
            return 303
        words = self._desk.words("", "", headers)
        body = self._desk.rendering.page(opened.template, opened.model or {}, words)
        await send_answer(send, opened.status, body, more, secure=self._desk.secure)
        return opened.status

    async def _open(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Opened:
        desk, method = self._desk, scope["method"]
        await desk.learn()
        way = self._knock if method == "POST" else self._look if method in {"GET", "HEAD"} else None
        if way is None:
            raise ProblemError("method-not-allowed", f"{method[:20]} is no method of this page")
        form: Mapping[str, Sequence[str]] = {}
        if method == "POST":
            require_same_origin(headers, desk.terms.address)
            form = await read_form(receive, headers, LARGEST)
        path = {name: unquote(value) for name, value in scope["path_params"].items()}
        query = fields(scope["query_string"])
        address = desk.terms.visitor(scope, headers)
        return await way(Arrival(desk=desk, headers=headers, path=path, query=query, form=form, address=address))

    def _set(self, opened: Opened, scope: Scope, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer besides the usual ones."""
        told = self._begin(opened, scope, headers) if opened.operator else []
        secure = self._desk.secure
        if opened.kept is not None:
            name, value, seconds = opened.kept
            told.append(cookie_header(own_cookie(name, secure=secure), value, secure=secure, seconds=seconds))
        if opened.wait:
            told.append((b"retry-after", str(opened.wait).encode()))
        return told

    def _begin(self, opened: Opened, scope: Scope, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Begin a session under a token of its own: what the browser had before opens nothing any more."""
        desk = self._desk
        name = session_cookie(secure=desk.secure)
        former = desk.sessions.find(cookie(headers, name))
        if former is not None:
            desk.sessions.end(former)
        like = former if former is not None and former.operator == opened.operator else None
        browser, address = browser_of(headers), desk.terms.visitor(scope, headers)
        token, _ = desk.sessions.begin(opened.operator, opened.method, like, browser, address, there=opened.there)
        LOG.info("operator %s signed in by %s", opened.operator, opened.method)
        return [cookie_header(name, token, secure=desk.secure, seconds=_WEEK)]

    def _allowed(self, problem: ProblemError) -> list[tuple[bytes, bytes]]:
        if problem.code != "method-not-allowed":
            return []
        methods = [*(("GET", "HEAD") if self._look else ()), *(("POST",) if self._knock else ())]
        return [(b"allow", ", ".join(methods).encode())]


def _refused(problem: ProblemError) -> Opened:
    return Opened("outside_problem", {"title": marked("Problem"), "problem": problem.document("")}, problem.status)


__all__ = ["HOME", "Arrival", "Door", "Opened", "Way"]
