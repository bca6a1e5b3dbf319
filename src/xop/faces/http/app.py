"""The application: every path with its endpoint."""

from asyncio import Event
from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from xop.assembly import Platform
from xop.faces.http.endpoint import Endpoint, refuse
from xop.faces.http.keys import Keys
from xop.faces.http.meters import Meters
from xop.faces.http.openapi import document
from xop.faces.http.operation import Face, Operation
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes import OPERATIONS


def build_app(platform: Platform, closing: Event | None = None) -> Starlette:
    """Return the API of a platform that was started; streams end when `closing` is set."""
    face = Face(platform, Meters(platform.engine), openapi_document, closing or Event())
    keys = Keys(platform.secrets)
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    # A path without a parameter must not be taken for one with: /v1/facts/stream is no fact.
    paths = sorted(by_path, key=lambda path: "{" in path)
    app = Starlette(
        routes=[Route(path, Endpoint(face, keys, by_path[path])) for path in paths],
        middleware=[Middleware(EncodedPath)],
        exception_handlers={HTTPException: _no_path},
    )
    app.router.redirect_slashes = False
    return app


@cache
def openapi_document() -> bytes:
    """Return the OpenAPI 3.1 document of everything that is served, as JSON."""
    return document(OPERATIONS)


class EncodedPath:
    """Routes by the path as it was sent, so that an identifier may hold a percent-encoded slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        raw: bytes | None = scope.get("raw_path")
        if raw is not None:
            scope["path"] = raw.partition(b"?")[0].decode("latin-1")
        await self._app(scope, receive, send)


class _Unanswered(Response):
    """A problem met before any endpoint."""

    def __init__(self, problem: ProblemError) -> None:
        super().__init__(status_code=problem.status)
        self._problem = problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        await refuse(self._problem, scope, send)


async def _no_path(request: Request, error: Exception) -> Response:
    del error
    return _Unanswered(ProblemError("path-unknown", f"there is nothing at {request.scope['path'][:200]!r}"))
