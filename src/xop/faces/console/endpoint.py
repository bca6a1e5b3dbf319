"""Endpoints: every request of the console, from its cookie to its page."""

import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote

from starlette.types import Receive, Scope, Send

from xop.faces.console.asking import Elsewhere
from xop.faces.console.desk import Desk
from xop.faces.console.following import Following
from xop.faces.console.layout import frame
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Plain
from xop.faces.console.uploads import is_multipart, read_upload
from xop.faces.console.visit import Visit
from xop.faces.console.wire import (
    cookie,
    fields,
    own_place,
    read_form,
    require_same_origin,
    send_answer,
    session_cookie,
)
from xop.faces.console.words import marked
from xop.faces.http.body import Disconnected
from xop.faces.http.problems import UNAVAILABLE, ProblemError, unavailable

LOG = logging.getLogger("xop.console")

SIGN_IN = f"{PREFIX}/sign-in"

_LIVE = b"text/event-stream"

_PROBLEM = marked("Problem")

_NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})

_NO_FILES: Mapping[str, tuple[str, bytes]] = MappingProxyType({})


@dataclass(slots=True)
class Endpoint:
    """Serves one path: its page, its forms, and its live parts."""

    desk: Desk
    page: Page | None = None
    act: Act | None = None
    route: str = field(default="")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, status, method = perf_counter(), 500, scope["method"]
        try:
            status = await self._answer(scope, receive, send)
        except Disconnected:
            status = 499
        finally:
            self.desk.meter(method, self.route, status, perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        visit: Visit | None = None
        try:
            visit = await self._visit(scope, receive, headers)
            if visit is None:
                return await self._to_sign_in(scope, headers, send)
            live = self.page is not None and self.page.live and _LIVE in headers.get(b"accept", b"")
            if live and "live" in visit.query:
                return await self._follow(visit, receive, send)
            # Whoever opens such an address as a page is shown all of it.
            visit = replace(visit, query={name: value for name, value in visit.query.items() if name != "live"})
            return await self._send(visit, await self._act_or_look(visit, scope["method"]), send)
        except ProblemError as problem:
            return await self._refuse(problem, visit, headers, send)
        except Elsewhere as elsewhere:
            return await self._move(_moved_with(elsewhere.customer, scope, visit), visit, send)
        except UNAVAILABLE as error:
            return await self._refuse(unavailable(error), visit, headers, send)
        except Disconnected:
            raise
        except Exception:
            LOG.exception("%s %s ended in a fault", scope["method"], self.route)
            return await self._refuse(ProblemError("internal", "the page met a fault"), visit, headers, send)

    async def _visit(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Visit | None:
        """Return the visit of whoever is signed in, with the form they sent; None for nobody."""
        desk, form, files = self.desk, _NOTHING, _NO_FILES
        await desk.learn()
        if scope["method"] == "POST":
            require_same_origin(headers, desk.terms.address)
            form, files = await self._sent(receive, headers)
        session = desk.sessions.find(cookie(headers, session_cookie(secure=desk.secure)))
        caller = desk.admitted(session)
        if session is None or caller is None:
            return None
        sent = "".join(form.get("form_token", ()))
        if scope["method"] == "POST" and not hmac.compare_digest(sent.encode(), session.form_token.encode()):
            raise ProblemError("form-outdated", "the form was made for another sign-in")
        query = {name: values[-1] for name, values in fields(scope["query_string"]).items()}
        search = scope["query_string"].decode("latin-1")
        return Visit(
            desk=desk,
            session=session,
            caller=caller,
            words=desk.words(session.locale, session.zone, headers),
            path={name: unquote(value) for name, value in scope["path_params"].items()},
            query=query,
            form=form,
            files=files,
            place=scope["path"] + (f"?{search}" if search else ""),
            at=desk.terms.place(headers),
        )

    async def _sent(
        self, receive: Receive, headers: Mapping[bytes, bytes]
    ) -> tuple[Mapping[str, Sequence[str]], Mapping[str, tuple[str, bytes]]]:
        """Return the fields of a form, and the file that came with it where one may."""
        if self.act is not None and self.act.upload and is_multipart(headers):
            return await read_upload(receive, headers, self.act.upload)
        return await read_form(receive, headers), _NO_FILES

    async def _act_or_look(self, visit: Visit, method: str) -> Answer:
        part = self.act if method == "POST" else self.page if method in {"GET", "HEAD"} else None
        if self.act is None and self.page is None:
            raise ProblemError("path-unknown", "there is no such page", "go on from the menu")
        if part is None:
            raise ProblemError("method-not-allowed", f"{method[:20]} is no method of this page")
        visit.require(part.asks)
        return await part.view(visit)

    async def _send(self, visit: Visit, answer: Answer, send: Send) -> int:
        desk = self.desk
        if isinstance(answer, Moved):
            return await self._move(answer, visit, send)
        if isinstance(answer, Plain):
            await send_answer(
                send, answer.status, answer.body, answer.headers, media_type=answer.media_type, secure=desk.secure
            )
            return answer.status
        title = answer.title or (self.page.title if self.page is not None else "")
        model = {**frame(visit, title, self.page), **answer.model}
        body = desk.rendering.page(answer.template, model, visit.words)
        await send_answer(send, answer.status, body, secure=desk.secure)
        return answer.status

    async def _move(self, moved: Moved, visit: Visit | None, send: Send) -> int:
        """Go on with another page of the console, and nowhere else."""
        if moved.notice and visit is not None:
            self.desk.notices.leave(visit.session, moved.kind, visit.words.text(moved.notice))
        headers = ((b"location", own_place(moved.to).encode()),)
        await send_answer(send, 303, b"", headers, secure=self.desk.secure)
        return 303

    async def _to_sign_in(self, scope: Scope, headers: Mapping[bytes, bytes], send: Send) -> int:
        if _LIVE in headers.get(b"accept", b""):
            # Whoever follows a page would take the one for signing in as its answer, and ask again at once.
            await send_answer(send, 401, b"", secure=self.desk.secure)
            return 401
        search = scope["query_string"].decode("latin-1")
        wanted = scope["path"] + (f"?{search}" if search else "")
        then = f"?then={quote(wanted, safe='')}" if scope["method"] == "GET" else ""
        await send_answer(send, 303, b"", ((b"location", f"{SIGN_IN}{then}".encode()),), secure=self.desk.secure)
        return 303

    async def _refuse(
        self, problem: ProblemError, visit: Visit | None, headers: Mapping[bytes, bytes], send: Send
    ) -> int:
        """Show what was wrong, and what to do next."""
        desk = self.desk
        told: dict[str, Any] = {"problem": problem.document("")}
        if visit is None:
            words = desk.words("", "", headers)
            body = desk.rendering.page("outside_problem", {**told, "title": _PROBLEM}, words)
        else:
            body = desk.rendering.page("problem", {**frame(visit, _PROBLEM, None), **told}, visit.words)
        more = [each for each in problem.headers if each[0] != b"www-authenticate"]
        if problem.code == "method-not-allowed":
            methods = [*(("GET", "HEAD") if self.page else ()), *(("POST",) if self.act else ())]
            more.append((b"allow", ", ".join(methods).encode()))
        await send_answer(send, problem.status, body, more, secure=desk.secure)
        return problem.status

    async def _follow(self, visit: Visit, receive: Receive, send: Send) -> int:
        """Send the live parts of a page once, or whenever they change, until the reader leaves or the server stops."""
        if self.page is None:
            raise ProblemError("method-not-allowed", "there is nothing to follow here")
        following = Following(self.desk, self.page, visit)
        if "once" in visit.query:
            await send_answer(send, 200, await following.glance(), secure=self.desk.secure)
        else:
            await following.run(receive, send)
        return 200


def _moved_with(customer: str, scope: Scope, visit: Visit | None) -> Moved:
    """Return the way to the same page of a customer by their present id, or to their own where this is something else."""
    former, own = scope["path_params"].get("customer", ""), f"{PREFIX}/customers/{quote(customer, safe='')}"
    if scope["method"] == "POST" and visit is not None:
        said = visit.words.text("Nothing was done: this customer was merged, and is here now. Do it again here.")
        return Moved(own, said, "problem")
    head, found, tail = scope["path"].partition(f"{PREFIX}/customers/{former}")
    if not former or not found or head:
        return Moved(own)
    search = scope["query_string"].decode("latin-1")
    return Moved(f"{own}{tail}{'?' if search else ''}{search}")
