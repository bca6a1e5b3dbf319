"""The application: every path with its endpoint."""

from asyncio import Event
from collections.abc import Mapping, Sequence
from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from xop.assembly import Platform
from xop.faces.http.endpoint import Endpoint, refuse
from xop.faces.http.keys import SignIn
from xop.faces.http.log_files import log_files
from xop.faces.http.meters import Meters
from xop.faces.http.mount import Ground, Mount
from xop.faces.http.openapi import document
from xop.faces.http.operation import Face, Operation
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes import OPERATIONS
from xop.faces.speeches import Speeches, english


def build_app(
    platform: Platform, closing: Event | None = None, mounts: Sequence[Mount] = (), speeches: Speeches = english
) -> "Application":
    """Return the API of a platform that was started, with other faces beside it; streams end when `closing` is set."""
    sign_in = SignIn(platform.secrets, platform.runtime)
    sign_in.learn(platform.engine.release)
    meters = Meters(platform.engine)
    face = Face(platform, meters, openapi_document, closing or Event(), sign_in, speeches=speeches)
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    endpoints = {path: Endpoint(face, operations) for path, operations in by_path.items()}
    ground = Ground(platform, sign_in, face.meters, face.closing)
    served: dict[str, ASGIApp] = {**endpoints}
    for mount in (log_files, *mounts):
        served.update(mount(ground))
    fixed = {path.encode(): endpoint for path, endpoint in served.items() if "{" not in path}
    router = Starlette(
        routes=[Route(path, endpoint) for path, endpoint in served.items() if "{" in path],
        exception_handlers={HTTPException: _no_path},
    )
    router.router.redirect_slashes = False
    return Application(fixed, router, frozenset(endpoints))


class Application:
    """The API as an ASGI application: a fixed path goes straight to its endpoint, any other through the router.

    A path is taken as it was sent, so that an identifier may hold a percent-encoded slash.
    """

    def __init__(self, fixed: Mapping[bytes, ASGIApp], router: ASGIApp, paths: frozenset[str]) -> None:
        self.paths = paths
        """Every path of the API, with its parameters in braces."""
        self._fixed = fixed
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        raw: bytes | None = scope.get("raw_path")
        if raw is None:
            await self._router(scope, receive, send)
            return
        path = raw.partition(b"?")[0]
        endpoint = self._fixed.get(path)
        scope["path"] = path.decode("latin-1")
        if endpoint is None:
            await self._router(scope, receive, send)
        else:
            scope["path_params"] = {}
            await endpoint(scope, receive, send)


@cache
def openapi_document() -> bytes:
    """Return the OpenAPI 3.1 document of everything that is served, as JSON."""
    return document(OPERATIONS)


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
